"""``make contract``: hold every adapter to the contract and say in one line what came of it.

Without words in the environment it starts its servers itself and runs the suites of all platforms. With ``P`` and
``URL`` it runs the suite of one platform against the server that is given, with no account but those that are given:
``TOKEN`` (Mastodon) or ``HANDLE`` and ``PASSWORD`` (Bluesky), and for what others say ``FAN_TOKEN``, or ``FAN_HANDLE``
and ``FAN_PASSWORD``. What it posts there, it deletes.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.platforms import registry
from tests.contract.given import NAME, Given

#: Platforms whose suite can run against a server that is given, with what it takes to speak for an account there.
TAKES = {"mastodon": ("token",), "bluesky": ("handle", "password")}


class Tally:
    """Counts what came of each test, and which platforms kept the whole contract."""

    def __init__(self, platforms: list[str], mine: Given | None) -> None:
        self.platforms, self._mine = platforms, mine
        self.counts: Counter[str] = Counter()
        self.left: list[str] = []
        self._ran: dict[str, set[str]] = {name: set() for name in platforms}
        self._fans: set[str] = set()

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Against a server that is given, keep the contract alone; without a fan, what needs none."""
        from tests.contract.platform_contract import PlatformContract

        if self._mine is None:
            return
        contract = [item for item in items if issubclass(getattr(item, "cls", None) or object, PlatformContract)]
        fans = [] if self._mine.has_fan else [item for item in contract if item.get_closest_marker("fan")]
        self.left = [item.name for item in fans]
        self._fans = {_name(item.nodeid) for item in fans}
        keep = [item for item in contract if item not in fans]
        config.hook.pytest_deselected(items=[item for item in items if item not in keep])
        items[:] = keep

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once; what fails before or after it is a failure too. An expected failure is a skipped test."""
        if report.when == "call" or not report.passed:
            self.counts[report.outcome] += 1
        platform = Path(report.nodeid.partition("::")[0]).stem.removeprefix("test_platforms_")
        if report.when == "call" and report.passed and platform in self._ran:
            self._ran[platform].add(_name(report.nodeid))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be read is a failure; one that is skipped as a whole is a skip."""
        if report.outcome != "passed":
            self.counts[report.outcome] += 1

    def held(self) -> list[str]:
        """Return the platforms of which every test of the contract passed at least once."""
        # Not before pytest has read the contract: it writes what a failed assertion says.
        from tests.contract.platform_contract import PlatformContract

        wanted = {name for name in dir(PlatformContract) if name.startswith("test_")} - self._fans
        return [name for name in self.platforms if self._ran[name] >= wanted]


def _name(nodeid: str) -> str:
    """Return the name of a test without its class and parameters."""
    return nodeid.partition("[")[0].rpartition("::")[2]


def server() -> Given | None:
    """Return the server that the caller gave; None for our own. Raises SystemExit where a word is lacking."""
    words = {name: os.environ.get(name.upper(), "") for name in Given.__dataclass_fields__}
    if not words["p"]:
        return None
    takes = TAKES.get(words["p"])
    if takes is None:
        raise SystemExit(f"contract: P={words['p']} cannot be given a server; these can: {', '.join(TAKES)}")
    lacking = [name.upper() for name in ("url", *takes) if not words[name]]
    if lacking:
        raise SystemExit(f"contract: P={words['p']} needs {', '.join(lacking)} too")
    return Given(**words)


def main(arguments: list[str]) -> int:
    """Run it. Returns 0 only where everything passed, nothing was skipped and no platform is missing."""
    mine = server()
    platforms = [mine.p] if mine else registry.ids()
    here = "tests/contract"
    files = [f"{here}/test_platforms_{name}.py" for name in platforms]
    options = ["-q", "-p", "no:cacheprovider", "--show-capture=no", "-m", ""]
    if mine:
        os.environ[NAME] = json.dumps(vars(mine))
        host = urlsplit(mine.url).hostname or ""
        # One at a time: it is somebody's server.
        options += [f"--allow-hosts=127.0.0.1,::1,localhost,{host}", "-n", "0"]
    else:
        options += ["-n", os.environ.get("N", "2")]
        files.append(f"{here}/test_platforms.py")
    tally = Tally(platforms, mine)
    code = pytest.main([*options, *arguments, *files], plugins=[tally])
    held, counts = tally.held(), tally.counts
    if tally.left:
        print(f"contract: not run without a fan's account: {len(tally.left)}")
        print("\n".join(f"  {name}" for name in tally.left))
    for name in sorted(set(platforms) - set(held)):
        print(f"contract: {name} did not keep, or did not run, every test")
    print(
        f"contract: platforms={len(held)} passed={counts['passed']} failed={counts['failed']} "
        f"skipped={counts['skipped']}"
    )
    good = code == 0 and not counts["failed"] and not counts["skipped"] and counts["passed"] and held == platforms
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
