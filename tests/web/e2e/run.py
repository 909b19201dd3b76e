"""``make web-e2e``: every scenario of the desk in a real browser, on both databases, summed up in one line.

Ends with ``web: scenarios=... passed=... axe_serious=0 csp_reports=0``; exit code 1 when a scenario failed or was left
out, axe-core found something serious, or a page broke its own policy.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
#: What concerns how pages look and are read is the same on both databases.
ONCE = ("scenes_everywhere.py", "scenes_hostile.py", "scenes_crowded.py")


class Count:
    """What came of the scenarios; the tests themselves say what axe-core and the browser found."""

    def __init__(self) -> None:
        self.scenarios = self.passed = 0
        self.sums = {"axe_serious": 0, "csp_reports": 0}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [i for i in items if not (i.path.name in ONCE and "postgresql" in i.name)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.scenarios += report.when == "setup"
        self.passed += report.when == "call" and report.passed
        if report.when == "teardown":
            for name, value in report.user_properties:
                if name in self.sums:
                    self.sums[name] += int(str(value))

    @property
    def good(self) -> bool:
        return self.scenarios > 0 and self.passed == self.scenarios and not any(self.sums.values())


def main(arguments: list[str]) -> int:
    """Run them; further arguments go to pytest."""
    count, files = Count(), sorted(str(file) for file in FOLDER.glob("scenes_*.py"))
    code = pytest.main([*files, "-q", "-p", "no:cacheprovider", "--show-capture=no", *arguments], plugins=[count])
    s = count.sums
    print(
        f"web: scenarios={count.scenarios} passed={count.passed} axe_serious={s['axe_serious']} "
        f"csp_reports={s['csp_reports']}"
    )
    return 0 if code == 0 and count.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
