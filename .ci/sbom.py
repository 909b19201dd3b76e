"""Write down what Signoff is made of, as CycloneDX 1.6 in JSON, from a lock file: names, versions, hashes, licences.

    .venv/bin/python .ci/sbom.py requirements.lock > signoff.cdx.json

The licences are those of the installed metadata; a package that this machine does not need (another system's) has none.
The same lock gives the same bytes: no time and no random number is in it.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def pinned(lock: str) -> list[dict[str, Any]]:
    """Return the packages of a lock: name, version, marker, hashes. Raises ValueError for a line that pins nothing."""
    found: list[dict[str, Any]] = []
    for number, line in enumerate(lock.splitlines(), 1):
        if hashed := _HASH.search(line):
            found[-1]["hashes"].append(hashed.group(1))
        elif match := _PINNED.match(line):
            name, version, marker = match.groups()
            found.append({"name": name, "version": version, "marker": marker or "", "hashes": []})
        elif line.strip() and not line.lstrip().startswith("#"):
            raise ValueError(f"line {number} pins nothing: {line.strip()[:80]}")
    return found


def _licences(name: str) -> list[dict[str, Any]]:
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    if expression := about.get("License-Expression"):
        return [{"expression": expression}]
    classified = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or () if c.startswith("License ::")]
    said = about.get("License") or ""
    names = classified or ([said] if said and "\n" not in said and len(said) < 100 else [])
    return [{"license": {"name": name}} for name in names]


def component(package: dict[str, Any]) -> dict[str, Any]:
    """Return one package as CycloneDX names it."""
    purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', package['name']).lower()}@{package['version']}"
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": package["name"],
        "version": package["version"],
        "purl": purl,
        # A lock names every file that may be installed, each with its own hash; CycloneDX holds one hash of each kind.
        "externalReferences": [
            {"type": "distribution", "url": purl, "hashes": [{"alg": "SHA-256", "content": h}]}
            for h in package["hashes"]
        ],
    }
    if licences := _licences(package["name"]):
        made["licenses"] = licences
    if package["marker"]:
        made["properties"] = [{"name": "signoff:only", "value": package["marker"]}]
    return made


def bom(lock: str, version: str) -> dict[str, Any]:
    """Return the whole bill of materials."""
    serial = uuid.UUID(bytes=hashlib.sha256(lock.encode()).digest()[:16], version=4)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "signoff", "name": "signoff", "version": version}},
        "components": [component(p) for p in pinned(lock)],
    }


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from bot import VERSION

    made = bom((ROOT / sys.argv[1]).read_text(encoding="utf-8"), VERSION)
    print(json.dumps(made, indent=1, ensure_ascii=False))
    count, bare = len(made["components"]), sum("licenses" not in c for c in made["components"])
    print(f"sbom: packages={count} without_licence={bare}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
