"""What people cannot read who hear a text, or see it badly: pictures without words, runs of emoji, letters that are none."""

# One pattern a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re
import unicodedata

from bot.checks.base import Subject
from bot.domain.draft import Finding, Part, Severity
from bot.insight import text as measures
from bot.words import say

_FILE = re.compile(
    r"\S+\.(?:jpe?g|png|gif|webp|heic|tiff?|bmp|svg)|(?:img|dsc|pxl|screenshot|image|photo|picture|untitled|图片|截图|照片|未命名)[\s_-]*\d*(?:[_-]\d+)*",
    re.I,
)
_OPENING = re.compile(
    r"\s*(?:an? |the )?(?:image|picture|photo(?:graph)?|pic|graphic|screenshot) (?:of|showing|shows)\s+|\s*(?:一?[张幅](?:图片|照片|图)|图片|照片|图为|此图|图中)(?:是|为|显示|：|:|里是|中是)",
    re.I,
)
_EMPTY = re.compile(
    r"\s*(?:image|picture|photo|graphic|logo|icon|alt(?: text)?|todo|tbd|n/?a|none|图|图片|照片|配图|无|待补)\s*[.。]?\s*",
    re.I,
)
_VAGUE = re.compile(
    r"\b(?:click|tap|press) (?:here|this|the link)\b|\blink here\b|点击?(?:这里|此处|这儿)|戳(?:这里|这儿|链接|我)|点我",
    re.I,
)
#: Runs of drawing characters: boxes, shrugs, rows of signs.
_DRAWING = re.compile(
    r"[\u2500-\u259f\u25a0-\u25ff\u2800-\u28ff]{3,}|¯\\_\(ツ\)_/¯|(?:[|/\\_=~^<>*+(){}\[\]-][ ]?){7,}|[(（][^\w\s]{0,2}[ಠ◕≧╥╯•ﾟ][^\n]{0,8}[ಠ◕≦╥╰•ﾟ][^\w\s]{0,2}[)）]"
)
#: Letters of mathematics and in circles or boxes, which screen readers spell out or leave out.
_FANCY = re.compile(
    r"[\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f130-\U0001f189\u2460-\u2473\uff21-\uff3a\uff41-\uff5a][\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f130-\U0001f189\uff21-\uff3a\uff41-\uff5a ]{2,}"
)
#: So many emoji in a row are a row.
RUN = 4
#: A description longer than this is cut off or tires; most platforms and screen readers bear more.
LONG_ALT = 1000


def check(subject: Subject) -> list[Finding]:
    """Warn of pictures without a description and of what a screen reader cannot say."""
    found: list[Finding] = []
    for n, part in enumerate(subject.content.parts):
        found += _pictures(n, part)
        found += _text(n, part.text, subject.brand.hashtags)
    return found


def _finding(
    n: int, span: tuple[int, int], severity: Severity, message: str, fix: str, instead: str | None = None
) -> Finding:
    return Finding("accessibility", severity, message, "", n, span, fix, instead)


def _pictures(n: int, part: Part) -> list[Finding]:
    found = []
    describe = say("Say in a sentence what there is to see, and why it matters.")
    for medium in part.media:
        alt = medium.alt.strip()
        if not alt:
            found.append(_finding(n, (0, 0), Severity.WARN, say("A picture has no description."), describe))
        elif _FILE.fullmatch(alt) or _EMPTY.fullmatch(alt):
            message = say("“{alt}” does not say what the picture shows.", alt=alt)
            found.append(_finding(n, (0, 0), Severity.WARN, message, describe))
        elif opening := _OPENING.match(alt):
            message = say(
                "“{words}” need not be said: a screen reader says that it is a picture.", words=opening.group().strip()
            )
            rest = alt[opening.end() :]
            fix = say("Begin with what there is to see.")
            found.append(_finding(n, (0, 0), Severity.WARN, message, fix, rest[:1].upper() + rest[1:]))
        elif alt == part.text.strip():
            message = say("The description of the picture repeats the post.")
            found.append(_finding(n, (0, 0), Severity.WARN, message, describe))
        elif len(alt) > LONG_ALT:
            found.append(
                _finding(n, (0, 0), Severity.NOTE, say("The description of a picture is very long."), describe)
            )
    return found


def _text(n: int, text: str, own: tuple[str, ...]) -> list[Finding]:
    found = []
    for run in measures.emoji_runs(text, RUN):
        message = say("A screen reader reads each of these {n} emoji aloud.", n=run.count)
        found.append(_finding(n, run.span, Severity.WARN, message, say("Keep one or two.")))
    for tag in measures.run_together(text):
        if f"#{tag.text}" in own:
            # The brand writes it so on purpose.
            continue
        instead = f"#{measures.camel_case(tag.text)}"
        message = say("“#{tag}” is read as one long word.", tag=tag.text)
        found.append(_finding(n, tag.span, Severity.WARN, message, say("Write {tag}.", tag=instead), instead))
    for match in _FANCY.finditer(text):
        if sum(c != " " for c in match.group()) >= 3 and not match.group().isascii():
            plain = unicodedata.normalize("NFKC", match.group()).rstrip()
            message = say(
                "“{words}” is made of signs that only look like letters; screen readers cannot read it.",
                words=match.group().rstrip(),
            )
            span = (match.start(), match.start() + len(match.group().rstrip()))
            found.append(_finding(n, span, Severity.WARN, message, say("Write {words}.", words=plain), plain))
    for match in _DRAWING.finditer(text):
        message = say("A drawing made of signs is read aloud sign by sign.")
        found.append(
            _finding(
                n,
                match.span(),
                Severity.WARN,
                message,
                say("Say it in words, or make it a picture with a description."),
            )
        )
    for match in _VAGUE.finditer(text):
        message = say("“{words}” does not say where it leads.", words=match.group())
        found.append(_finding(n, match.span(), Severity.NOTE, message, say("Name what is behind the link.")))
    return found
