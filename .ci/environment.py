"""Make `.venv` from the lock files, with progress; a second run with the same locks returns at once.

    python3 .ci/environment.py requirements.lock requirements-dev.lock
    python3 .ci/environment.py --optional requirements-embedded.lock
    python3 .ci/environment.py --beside .venv-agentdojo requirements-agentdojo.lock

With ``--beside`` another environment is made, whose own packages come before those of `.venv`: for a tool that tests
need and that asks for other versions than Signoff does.

Every package is checked against the hash in its lock. Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Where `.venv` is, and which environment is made here: `.venv` itself, or one beside it.
MAIN = ROOT / ".venv"
VENV = MAIN
PYTHON = VENV / "bin" / "python"


def say(text: str) -> None:
    """Print one line, at once."""
    print(f"environment: {text}", flush=True)


def main(arguments: list[str]) -> int:
    """Install what the named locks hold; with ``--optional`` a failure is one line and no error."""
    global VENV, PYTHON
    if "--beside" in arguments:
        at = arguments.index("--beside")
        VENV = ROOT / arguments[at + 1]
        PYTHON = VENV / "bin" / "python"
        arguments = [*arguments[:at], *arguments[at + 2 :]]
    optional = "--optional" in arguments
    locks = [ROOT / name for name in arguments if name != "--optional"]
    # An environment whose making was interrupted has no pip yet.
    if not (PYTHON.exists() and (VENV / "bin" / "pip").exists()):
        make()
    for lock in locks:
        stamp = VENV / f".{lock.stem}"
        wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        code = install(lock, optional)
        if code and optional:
            return 0
        if code:
            return code
        stamp.write_text(wanted)
    link()
    return 0


def make() -> None:
    """Make an empty environment."""
    say(f"making {VENV.name} with Python {sys.version.split()[0]}")
    ran = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if ran.returncode:
        hint = "On Debian and Ubuntu install the package python3-venv first."
        raise SystemExit(f"{ran.stdout}{ran.stderr}\nenvironment: {VENV.name} could not be made. {hint}")


def install(lock: Path, optional: bool) -> int:
    """Let pip install a lock, saying how far it is; its own output is shown only when it fails."""
    count = len(re.findall(r"^[A-Za-z0-9]", lock.read_text(encoding="utf-8"), re.MULTILINE))
    say(f"installing {lock.name}; packages: {count} at most")
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "--require-hashes", "--no-deps", "--requirement", str(lock)]
    live, seen, output = sys.stdout.isatty(), 0, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            output.append(line)
            name = line.split()[1].split("==")[0] if line.startswith("Collecting ") else ""
            seen += line.startswith(("Collecting ", "Requirement already"))
            if name and live:
                print(f"\r\033[Kenvironment: {seen} / {count} {name}", end="", flush=True)
            elif name and seen % 20 == 0:
                say(f"{seen} / {count} {name}")
            elif line.startswith("Installing collected"):
                print("\r\033[K" if live else "", end="")
                say("unpacking; this takes about a minute")
    if live:
        print("\r\033[K", end="", flush=True)
    if pip.returncode and optional:
        why = next((x.strip() for x in reversed(output) if x.startswith("ERROR")), "pip failed")
        say(f"{lock.name} is left out: {why[:160]}")
    elif pip.returncode:
        sys.stdout.writelines(output[-30:])
        say(f"{lock.name} could not be installed")
    else:
        say(f"{lock.name}: done")
    return pip.returncode


def packages(environment: Path) -> Path:
    """Return where an environment keeps its packages."""
    scheme = "venv" if "venv" in sysconfig.get_scheme_names() else sysconfig.get_default_scheme()
    paths = sysconfig.get_paths(scheme, {"base": str(environment)})
    return Path(paths["purelib"].replace(sysconfig.get_paths()["data"], str(environment)))


def link() -> None:
    """Let the environment find this checkout, and make `signoff` a command in it."""
    pth = packages(VENV) / "signoff.pth"
    lines = f"{ROOT}\n" if VENV == MAIN else f"{ROOT}\n{packages(MAIN)}\n"
    if not pth.exists() or pth.read_text() != lines:
        pth.write_text(lines)
    program = VENV / "bin" / "signoff"
    text = f"#!{PYTHON}\nimport sys\n\nfrom bot.surfaces.cli import main\n\nsys.exit(main())\n"
    if not program.exists() or program.read_text() != text:
        program.write_text(text)
        program.chmod(0o755)


if __name__ == "__main__":
    os.chdir(ROOT)
    raise SystemExit(main(sys.argv[1:]))
