"""What texts sound like, for the terminal: one text in full, a file as a picture."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bot.domain.comment import MOODS, NEGATIVE, POSITIVE, Triage
from bot.errors import BadInput
from bot.surfaces.cli import screen
from bot.words import retold, say

_WIDTH = 40
_COLOURS = {"negative": "red", "neutral": "white", "positive": "green"}
#: Most examples of a picture.
_EXAMPLES = 3


def texts_of(path: Path) -> list[str]:
    """Return the texts of a file: JSON lines with ``text``, CSV with a column ``text``, or a text a line.

    Raises BadInput with the line's number.
    """
    try:
        body = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(
            say("The text holds a byte that is not text."), next_step=say("Type it again, or save it as UTF-8.")
        ) from None
    except OSError as error:
        raise BadInput(
            say("{path} cannot be read: {why}.", path=path, why=error.strerror or error),
            next_step=say("Name a file of texts."),
        ) from None
    # Not by splitlines: a text may hold a line separator that is no line's end of the file.
    lines = [line.rstrip("\r") for line in body.split("\n")]
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        return [_text_of(line, n) for n, line in enumerate(lines, 1) if line.strip()]
    if path.suffix.lower() == ".csv":
        rows = csv.DictReader(io.StringIO(body, newline=""))
        if "text" not in (rows.fieldnames or ()):
            raise BadInput(
                say("The file has no column named text."), next_step=say("Name the columns in its first row.")
            )
        return [row["text"] or "" for row in rows]
    return [line for line in lines if line.strip()]


def _text_of(line: str, n: int) -> str:
    try:
        text = json.loads(line)["text"]
        if not isinstance(text, str):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput(
            say("Line {n} is no JSON object with a text.", n=n), next_step=say('Write {"text": "..."} on each line.')
        ) from None
    return text


def as_data(read: Triage) -> dict[str, Any]:
    """Return what programs are told of one text."""
    return {
        "label": read.sentiment,
        "score": read.score,
        "confidence": read.confidence,
        "reason": retold(read.reason),
        "language": read.language,
        "span": list(read.span),
        "emotion": read.emotion,
        "intent": read.intent.value,
        "aspects": dict(read.aspects),
        "priority": read.priority.name.lower(),
        "by": read.by,
    }


def show_one(read: Triage) -> None:
    """Print what was read out of one text."""
    click.secho(f"{word(read.sentiment)}  {read.score:+.2f}", fg=_COLOURS[read.sentiment], bold=True)
    rows = [
        (say("Why"), retold(read.reason)),
        (say("How sure"), f"{read.confidence:.0%}"),
        (say("Wants"), word(read.intent.value)),
        (say("Feeling"), word(read.emotion) if read.emotion else "-"),
        (say("Speaks of"), ", ".join(f"{word(name)} ({word(mood)})" for name, mood in read.aspects) or "-"),
        (say("Priority"), f"{word(read.priority.name.lower())}: {' '.join(retold(w) for w in read.urgency)}"),
        (say("Language"), read.language),
        (say("Read by"), read.by),
    ]
    screen.columns(rows)


def show_all(texts: Sequence[str], found: Sequence[Triage]) -> None:
    """Print the picture of a file: how many of each mood, what they want, what they speak of, and the loudest."""
    click.secho(say("{n} texts", n=len(found)), bold=True)
    moods = Counter(read.sentiment for read in found)
    _bars([(word(mood), moods[mood], _COLOURS[mood]) for mood in reversed(MOODS)], len(found))
    screen.heading(say("What they want"))
    wants = Counter(read.intent.value for read in found)
    _bars([(word(name), n, None) for name, n in wants.most_common(6)], len(found))
    about: dict[str, Counter[str]] = {}
    for read in found:
        for name, mood in read.aspects:
            about.setdefault(name, Counter())[mood] += 1
    if about:
        screen.heading(say("What they speak of: bad, level, good"))
        top = sorted(about, key=lambda name: -about[name].total())[:8]
        most = max(about[name].total() for name in top)
        cells = [(word(name), _stacked(about[name], most), str(about[name].total())) for name in top]
        screen.columns(cells)
    for mood, title in ((NEGATIVE, say("The worst")), (POSITIVE, say("The best"))):
        mine = [(read, text) for read, text in zip(found, texts, strict=True) if read.sentiment == mood]
        mine.sort(key=lambda pair: abs(pair[0].score) * pair[0].confidence, reverse=True)
        if mine:
            screen.heading(title)
            for read, text in mine[:_EXAMPLES]:
                click.echo(f"  {read.score:+.2f}  {screen.short(text, 90)}")


def _bars(rows: Sequence[tuple[str, int, str | None]], total: int) -> None:
    from rich.cells import cell_len

    width = max((cell_len(name) for name, _, _ in rows), default=0)
    for name, n, colour in rows:
        bar = "█" * round(_WIDTH * n / total) if total else ""
        if n and not bar:
            bar = "▏"
        head = f"  {name}{' ' * (width - cell_len(name))}  "
        click.echo(head + click.style(bar, fg=colour) + f" {n} ({n / max(1, total):.0%})")


def _stacked(counts: Counter[str], most: int) -> str:
    return "".join(
        sign * round(20 * counts[mood] / most) for mood, sign in zip(MOODS, ("▓", "░", "█"), strict=True)
    )  # fmt: skip


def word(name: str) -> str:
    """Return a label in the reader's language."""
    names = {
        "negative": say("negative"), "neutral": say("neutral"), "positive": say("positive"),
        "complaint": say("complaint"), "support": say("support"), "question": say("question"),
        "purchase": say("wants to buy"), "praise": say("praise"), "spam": say("spam"), "abuse": say("abuse"),
        "legal": say("legal"), "press": say("press"), "crisis": say("crisis"), "other": say("something else"),
        "joy": say("joy"), "gratitude": say("gratitude"), "surprise": say("surprise"), "sadness": say("sadness"),
        "anger": say("anger"), "fear": say("fear"), "disgust": say("disgust"),
        "disappointment": say("disappointment"), "low": say("low"), "normal": say("normal"), "high": say("high"),
        "urgent": say("urgent"), "delivery": say("delivery"), "price": say("price"), "payment": say("payment"),
        "service": say("service"), "quality": say("quality"), "app": say("app or website"),
        "waiting": say("waiting"), "taste": say("taste"), "packaging": say("packaging"), "returns": say("returns"),
        "safety": say("safety"), "privacy": say("privacy"), "luggage": say("luggage"), "design": say("design"),
    }  # fmt: skip
    return names.get(name, name)
