"""``make slack-scenarios``: run every scenario, attack and hostile text, and sum up in one line.

Ends with ``slack: scenarios=... passed=... bypasses=0 tries=... broadcasts=0 payloads=...``; exit code 1 when a
scenario failed or was left out, fewer than 500 attacks or 200 hostile texts were tried, or one of them did something.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "slack" / "scenarios"


class Count:
    """What came of the scenarios; the tests themselves say how much they tried."""

    def __init__(self) -> None:
        self.scenarios = self.passed = 0
        self.sums = dict.fromkeys(("bypasses", "tries", "broadcasts", "payloads"), 0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.passed += report.passed
            for name, value in report.user_properties:
                if name in self.sums:
                    self.sums[name] += int(str(value))
        self.scenarios += report.when == "setup"

    @property
    def good(self) -> bool:
        whole = self.scenarios > 0 and self.passed == self.scenarios
        tried = self.sums["tries"] >= 500 and self.sums["payloads"] >= 200
        return whole and tried and not self.sums["bypasses"] and not self.sums["broadcasts"]


def main(arguments: list[str]) -> int:
    """Run them; further arguments go to pytest."""
    count = Count()
    code = pytest.main([str(FOLDER), "-q", "-p", "no:cacheprovider", "--show-capture=no", *arguments], plugins=[count])
    s = count.sums
    print(
        f"slack: scenarios={count.scenarios} passed={count.passed} bypasses={s['bypasses']} tries={s['tries']} "
        f"broadcasts={s['broadcasts']} payloads={s['payloads']}"
    )
    return 0 if code == 0 and count.good else 1


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main(sys.argv[1:]))
