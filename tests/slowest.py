"""Which tests the short run leaves out because they take long, measured: ``python -m tests.slowest REPORT.xml``.

``REPORT.xml`` is what ``pytest --junitxml`` writes of a run. A test function stands in ``slow.txt`` when its cases
take longer than LONGEST together. The whole run leaves nothing out.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

LIST = Path(__file__).with_name("slow.txt")
#: Seconds of one test function with all its cases, its fixtures included.
LONGEST = 0.3


def name(nodeid: str) -> str:
    """Return how the list names a test: ``tests.unit.test_x::test_y``, of all its cases."""
    where, _, test = nodeid.partition("[")[0].rpartition("::")
    return where.replace("/", ".").replace(".py", "").replace("::", ".") + f"::{test}"


def main(report: Path) -> None:
    """Write the list anew; what stands in it and was not run stays."""
    took: Counter[str] = Counter()
    for case in ElementTree.parse(report).iter("testcase"):
        took[f"{case.attrib['classname']}::{case.attrib['name'].partition('[')[0]}"] += float(case.attrib["time"])
    slow = {test for test, seconds in took.items() if seconds > LONGEST}
    kept = {test for test in LIST.read_text(encoding="utf-8").split() if test not in took} if LIST.exists() else set()
    LIST.write_text("\n".join(sorted(slow | kept)) + "\n", encoding="utf-8")
    left = sum(seconds for test, seconds in took.items() if test not in slow)
    print(f"{len(slow | kept)} tests in {LIST.name}; the others take {left:.0f} s on one core")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
