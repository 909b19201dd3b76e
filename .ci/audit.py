"""Ask a database of known weaknesses about every package of a lock, with pip-audit, and say plainly what came of it.

    .venv/bin/python .ci/audit.py requirements.lock [--service osv]

Exit 0 where nothing is known or nobody could be asked, which is then said; 1 where a weakness is known.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TOOL = "pip-audit==2.10.1"
SECONDS = 300


def told(report: dict[str, Any]) -> tuple[list[str], int]:
    """Return the lines for a report of pip-audit in JSON, the last one in figures, and the exit code."""
    packages = report.get("dependencies", [])
    asked = [p for p in packages if "skip_reason" not in p]
    weak = [p for p in asked if p.get("vulns")]
    lines = [
        f"{p['name']} {p['version']}: {v['id']}, mended in {', '.join(v.get('fix_versions') or ['no version yet'])}"
        for p in weak
        for v in p["vulns"]
    ]
    if packages and not asked:
        lines.append("audit: the database of known weaknesses cannot be asked from here, so nothing was checked.")
    elif len(asked) < len(packages):
        lines.append(f"audit: {len(packages) - len(asked)} packages could not be checked.")
    lines.append(
        f"audit: packages={len(packages)} checked={len(asked)} weaknesses={sum(len(p['vulns']) for p in weak)}"
    )
    return lines, int(bool(weak))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("lock")
    parser.add_argument("--service", default="pypi", choices=["pypi", "osv"])
    parser.add_argument("--tool", nargs="+", default=[str(ROOT / ".venv/bin/uv"), "tool", "run", "--quiet", TOOL])
    given = parser.parse_args()
    command = [*given.tool, "--disable-pip", "--require-hashes", "--requirement", str(ROOT / given.lock)]
    command += ["--vulnerability-service", given.service, "--format", "json", "--progress-spinner", "off"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        report = json.loads(ran.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        why = type(error).__name__ if not isinstance(error, ValueError) else "pip-audit gave no report"
        print(f"audit: {TOOL} could not be run to its end ({why}), so nothing was checked.")
        return 0
    lines, code = told(report)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
