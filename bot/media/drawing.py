"""Pictures of figures, drawn with a font of this machine that has every character; none where there is no such font."""

from __future__ import annotations

import functools
import io
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

#: Fonts with Chinese and Latin characters, by file name and face: Pillow looks for them where the system keeps fonts.
_FONTS = (
    ("NotoSansCJK-Regular.ttc", 2), ("NotoSansSC-Regular.otf", 0), ("SourceHanSansSC-Regular.otf", 0),
    ("PingFang.ttc", 0), ("msyh.ttc", 0), ("wqy-microhei.ttc", 0), ("wqy-zenhei.ttc", 0),
    ("Hiragino Sans GB.ttc", 0), ("DroidSansFallbackFull.ttf", 0), ("NotoSerifCJK-Regular.ttc", 2),
)  # fmt: skip
#: A code point that no font has: what is drawn for it stands for every other that is missing.
_NOBODYS = "\U0010fffe"
SIZE = (1200, 630)
_INK, _FAINT, _LINE, _PAPER = "#1d1c1d", "#616061", "#dddddd", "#ffffff"
#: Told apart by people with any kind of colour vision (Okabe and Ito).
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")


@dataclass(frozen=True)
class Chart:
    """Figures in large, and a row of grouped bars."""

    title: str
    about: str
    #: Label and figure of each tile.
    tiles: tuple[tuple[str, str], ...]
    #: Name of each bar of a group.
    names: tuple[str, ...]
    #: Label of each group, and its values.
    groups: tuple[tuple[str, tuple[int, ...]], ...]


def draw(chart: Chart) -> bytes | None:
    """Return the chart as a PNG of 1200 by 630 pixels; None where no font of this machine has its letters."""
    from PIL import Image, ImageDraw

    texts = [chart.title, chart.about, *(t for tile in chart.tiles for t in tile), *chart.names]
    texts += [label for label, _ in chart.groups]
    face = _face("".join(texts))
    if face is None:
        return None
    picture = Image.new("RGB", SIZE, _PAPER)
    pen = _Pen(ImageDraw.Draw(picture), face)
    pen.write((48, 36), chart.title, 40)
    pen.write((48, 92), chart.about, 24, _FAINT)
    wide = (SIZE[0] - 96) / max(len(chart.tiles), 1)
    for n, (label, figure) in enumerate(chart.tiles):
        pen.write((48 + n * wide, 148), figure, 52, COLOURS[0])
        pen.write((48 + n * wide, 212), label, 22, _FAINT)
    _bars(pen, chart)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _bars(pen: _Pen, chart: Chart) -> None:
    top, foot, left, right = 300, SIZE[1] - 70, 48, SIZE[0] - 48
    most = max((v for _, values in chart.groups for v in values), default=0) or 1
    for n, name in enumerate(chart.names):
        pen.box((left + n * 220, top - 36, left + n * 220 + 22, top - 14), COLOURS[n % len(COLOURS)])
        pen.write((left + n * 220 + 32, top - 40), name, 22, _FAINT)
    pen.box((left, foot, right, foot + 2), _LINE)
    step = (right - left) / max(len(chart.groups), 1)
    for k, (label, values) in enumerate(chart.groups):
        thick = min(44.0, step * 0.7 / max(len(values), 1))
        at = left + k * step + (step - thick * len(values)) / 2
        for n, value in enumerate(values):
            high = (foot - top - 34) * value / most
            x = at + n * thick
            if value:
                pen.box((x, foot - high, x + thick - 4, foot), COLOURS[n % len(COLOURS)])
                pen.write((x + thick / 2 - 2, foot - high - 30), str(value), 20, middle=True)
        pen.write((left + (k + 0.5) * step, foot + 14), label, 22, _FAINT, middle=True)


class _Pen:
    """Writes with one font in many sizes; characters that are no letters and that it has not are left out."""

    def __init__(self, canvas: ImageDraw.ImageDraw, face: tuple[str, int]) -> None:
        self.canvas, self.face = canvas, face

    def write(
        self, at: tuple[float, float], text: str, size: int, colour: str = _INK, *, middle: bool = False
    ) -> None:  # fmt: skip
        said = "".join(c for c in text if _has(self.face, c))
        font = _font(self.face, size)
        while size > 12 and font.getlength(said) > SIZE[0] - 96:
            size -= 2
            font = _font(self.face, size)
        x = at[0] - font.getlength(said) / 2 if middle else at[0]
        self.canvas.text((x, at[1]), said, fill=colour, font=font)

    def box(self, corners: tuple[float, float, float, float], colour: str) -> None:
        self.canvas.rectangle(corners, fill=colour)


def _face(text: str) -> tuple[str, int] | None:
    """Return the first font that has every letter of a text: Pillow's own for Latin letters; None where none has."""
    letters = {c for c in text if unicodedata.category(c)[0] in "LN"}
    for face in (*_FONTS, ("", 0)):
        if _there(face) and all(_has(face, c) for c in letters):
            return face
    return None


@functools.cache
def _there(face: tuple[str, int]) -> bool:
    try:
        _font(face, 16)
    except OSError:
        return False
    return True


@functools.cache
def _font(face: tuple[str, int], size: int) -> ImageFont.FreeTypeFont:
    """Return a font in a size. Raises OSError where this machine has it not."""
    from PIL import ImageFont

    name, index = face
    if name:
        return ImageFont.truetype(name, size, index=index)
    own: Any = ImageFont.load_default(size)
    return own  # type: ignore[no-any-return]


@functools.lru_cache(4096)
def _has(face: tuple[str, int], character: str) -> bool:
    """Say whether a font draws a character in a way of its own."""
    if character.isspace():
        return True
    font = _font(face, 16)
    return bytes(font.getmask(character)) != bytes(font.getmask(_NOBODYS))
