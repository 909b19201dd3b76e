"""``python -m tests.web.e2e.pictures [FOLDER]``: draw every page of the desk, in both languages and themes.

Into docs/img/web/pages unless a folder is named; there they are drawn at a size that keeps all of them small.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from tests.web.chromium import PROGRAM
from tests.web.e2e import places
from tests.web.e2e.house import House, house

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "img" / "web" / "pages"
#: Pages that say the same as another one.
LEFT_OUT = ("open", "done", "day", "inbox", "inbox-none", "try-empty", "first")
#: Where the part stands that a page is shown for.
PARTS = {"policy-tried": "#replayed", "policy-wrong": "#problems", "try": "main .columns"}
LOOKS = [(language, theme, 1280) for language in ("en", "zh") for theme in ("light", "dark")]
PHONE = [("en", "light", 360), ("zh", "dark", 360)]


def main(arguments: list[str]) -> int:
    """Draw them."""
    from playwright.sync_api import sync_playwright

    for name in [name for name in os.environ if name.startswith("SIGNOFF_")]:
        del os.environ[name]
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, house(Path(made)) as home, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for language, theme, width in LOOKS + (PHONE if arguments else []):
            _draw(browser, home, folder, language, theme, width, small=not arguments)
        browser.close()
    total = sum(file.stat().st_size for file in folder.glob("*.png"))
    print(f"{len(list(folder.glob('*.png')))} pictures, {total // 1000} kB")
    return 0


def _draw(browser: Any, home: House, folder: Path, language: str, theme: str, width: int, *, small: bool) -> None:
    context = browser.new_context(
        base_url=home.url, locale="zh-CN" if language == "zh" else "en-GB", timezone_id="Europe/Berlin",
        color_scheme=theme, viewport={"width": width, "height": 860}, is_mobile=width < 500,
        device_scale_factor=0.75 if small else 1,
    )  # fmt: skip
    page = context.new_page()
    page.goto(home.link("mo"))
    page.screenshot(path=folder / f"enter-{language}-{theme}-{width}.png") if not small else None
    page.click("button.main")
    page.wait_for_url(home.url + "/")
    for name in places.every(home):
        if small and name in LEFT_OUT:
            continue
        places.show(page, home, name)
        if small:
            page.locator(PARTS.get(name, "body")).first.evaluate("e => e.scrollIntoView()")
        file = folder / (f"{name}-{language}-{theme}.png" if small else f"{name}-{language}-{theme}-{width}.png")
        with Image.open(io.BytesIO(page.screenshot(full_page=not small))) as image:
            # The mean colours of the large areas stay true, and a red button, few points that say much, has one left.
            few = image.convert("RGB").quantize(
                64 if small else 128, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE
            )
            few.save(file, optimize=True)
    context.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
