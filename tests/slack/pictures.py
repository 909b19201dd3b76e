"""``make slack-pictures``: draw docs/slack/*.png from the real cards, by a headless Chromium on this machine.

One page for each sample of ``signoff slack preview``; nothing is fetched, no script runs.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from bot.surfaces.slack import preview, samples
from tests.slack import comments_world

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "slack"
LARGEST = 120_000
#: Drawn so large, then cut to what is there; twice the pixels, so that small print stays readable.
_WIDTH, _HEIGHT, _SCALE = 760, 2600, 1.5


#: A card of many screens is nothing to look at.
LEFT_OUT = {"long"}


def main(arguments: list[str]) -> int:
    """Draw all, or those that are named."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("pictures: chromium is needed (Debian: apt-get install chromium)")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    drawn = 0
    with tempfile.TemporaryDirectory() as folder:
        for sample in (*samples.samples(), *_comments(Path(folder))):
            if (arguments and sample.name not in arguments) or sample.name in LEFT_OUT:
                continue
            page, raw = Path(folder) / f"{sample.name}.html", Path(folder) / f"{sample.name}.png"
            page.write_text(preview.page([sample]), encoding="utf-8")
            command = [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--force-device-scale-factor={_SCALE}", f"--window-size={_WIDTH},{_HEIGHT}",
                f"--user-data-dir={folder}/profile", f"--screenshot={raw}", page.as_uri(),
            ]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True, timeout=60)
            size = _cut(raw, FOLDER / f"{sample.name}.png")
            drawn += 1
            print(f"{sample.name}.png  {size // 1000} kB", flush=True)
            if size > LARGEST:
                print(f"pictures: {sample.name}.png is larger than {LARGEST // 1000} kB")
                return 1
    print(f"pictures: drawn={drawn}")
    return 0


def _comments(folder: Path) -> list[preview.Sample]:
    """Return the card of a comment with a suggested answer, in both languages: the very blocks of its goldens."""
    cards = {}
    for name, language in (("comment", "en"), ("comment-zh", "zh")):
        home = folder / name
        home.mkdir()
        cards[name] = preview.Sample(
            name, "A comment with a suggested answer", comments_world.draw("proposed", language, home)["blocks"],
            language=language,
        )  # fmt: skip
    return list(cards.values())


def _cut(raw: Path, out: Path) -> int:
    """Cut the white around it off, take 128 colours, and return the file's size."""
    with Image.open(raw) as image:
        plain = image.convert("RGB")
    box = ImageChops.difference(plain, Image.new("RGB", plain.size, (255, 255, 255))).getbbox()
    assert box is not None, f"{raw.stem} is empty"
    left, top, right, bottom = box
    plain = plain.crop((max(0, left - 24), max(0, top - 24), right + 24, bottom + 24))
    plain.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, optimize=True)
    return out.stat().st_size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
