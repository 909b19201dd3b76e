"""Files that people import, whole and damaged: comments, posts, and the YAML of a brand folder with its policy.

Each is read, or refused in words with its line; a crash or a slow one is told in ``Told``.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bot.brand_folder import init, load
from bot.clock import FixedClock
from bot.errors import SignoffError
from tests.safety.fuzz_texts import TEXTS
from tests.world import World

if TYPE_CHECKING:
    from tests.safety.fuzz import Told

#: A file is read once at a person's word, not for each comment: what one of a few rows may take, in milliseconds.
LIMIT = 1_500.0
YAML_FILES = ("brand.yaml", "policy.yaml", "replies.yaml", "rules.yaml")
#: Values that YAML reads as something else, or that end badly elsewhere.
_VALUES = [
    "null", "~", "yes", "0x7f", "1e999", ".nan", "-.inf", "2026-13-45", "2026-02-30T25:61:00Z", "12:30:45", "0o17",
    "[]", "{}", "[[[]]]", "{a: {b: {c: d}}}", "!!python/object/apply:os.system ['true']", "!!binary aGk=", "!unknown x",
    "&a [*a]", "*nowhere", "'", '"\\x', '"\\ud800"', "|", ">-", "- -", "? x", "<<: *x", "%TAG ! x", "---", "...", "\t",
    "\0", "\ufeff", "\u2028", "💥" * 50, "a" * 5_000, "9" * 5_000, "茶", "../../etc/passwd", "0", "-1", "3.5",
    "999999999999999999999",
]  # fmt: skip


def _examples(most: int) -> Callable[[Any], Any]:
    told = settings(
        max_examples=most,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: seed(20261122)(told(test))


def _tried(told: Told, what: str, shown: Any, read: Callable[[], Any]) -> None:
    told.inputs += 1
    began = time.thread_time()
    try:
        read()
    except SignoffError as refused:
        if not refused.message:
            told.crashes.append(f"{what}: refused without a word: {shown!r:.120}")
    except Exception as error:
        told.crashes.append(f"{what}: {shown!r:.160}: {type(error).__name__}: {str(error)[:100]}")
    if (ms := (time.thread_time() - began) * 1000) > LIMIT:
        told.slow.append(f"{ms:7.1f} ms {what}: {shown!r:.80}")


def known() -> Iterator[tuple[str, str]]:
    """Yield YAML that is known to hurt readers, with a name."""
    yield (
        "aliases of aliases",
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)),
    )
    yield "a list within itself", "id: &a [*a]\nname: x\n"
    yield "a map within itself", "&a\nid: *a\n"
    yield "deep lists", "id: " + "[" * 5_000 + "]" * 5_000
    yield "deep lists, left open", "id: " + "[" * 50_000
    yield "deep maps", "".join(" " * n + "a:\n" for n in range(1_000))
    yield "deep dashes", "- " * 10_000
    yield "many keys", "".join(f"k{n}: {n}\n" for n in range(5_000))
    yield "one key many times", "id: x\n" * 5_000
    yield "many documents", "---\nid: x\n" * 2_000
    yield "merged into itself", "a: &a\n  <<: *a\n"
    yield "a key that is a list", "? [a, b]\n: c\n"
    yield "a key that is a map", "{a: b}: c\n"
    yield "nothing", ""
    yield "only a comment", "# nothing\n"
    yield "a bare word", "word"
    yield "a number", "12"
    yield "NUL", "id: a\0b\n"
    yield "two byte marks", "\ufeff\ufeffid: x\n"
    yield "UTF-16", "id: x\n".encode("utf-16").decode("latin-1")
    yield "a long line", "name: " + "x" * 300_000
    yield "a long quote that never ends", 'name: "' + "x\n" * 20_000


def folders(told: Told, examples: int, *, worst: bool = True) -> None:
    """Damage each YAML file of a brand folder, by line and by value; with ``worst``, put ``known`` there, too."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "shop"
        init(folder)
        whole = {name: (folder / name).read_text("utf-8") for name in YAML_FILES if (folder / name).is_file()}

        def damaged(name: str, text: str) -> None:
            data = text.encode("utf-8", "surrogatepass")
            (folder / name).write_bytes(data)
            _tried(told, f"brand folder {name}", text, lambda: load(folder).problems)
            (folder / name).write_text(whole[name], "utf-8")

        for name in whole:
            for _, text in known() if worst else ():
                damaged(name, text)
        edits = st.lists(
            st.tuples(
                st.sampled_from(["value", "drop", "twice", "indent", "cut", "insert"]),
                st.integers(0, 10_000),
                st.one_of(st.sampled_from(_VALUES), TEXTS),
            ),
            min_size=1,
            max_size=4,
        )

        @_examples(examples)
        @given(st.sampled_from(sorted(whole)), edits)
        def run(name: str, found: list[tuple[str, int, str]]) -> None:
            damaged(name, _edited(whole[name], found))

        run()


def _edited(text: str, edits: list[tuple[str, int, str]]) -> str:
    # Most lines of the files are comments: those that say something are uncommented or changed first.
    lines = [line.removeprefix("# ") if ":" in line else line for line in text.splitlines()]
    for how, place, what in edits:
        at = place % max(1, len(lines))
        line = lines[at] if lines else ""
        match how:
            case "value":
                lines[at : at + 1] = [f"{line.partition(':')[0]}: {what}"]
            case "drop":
                del lines[at : at + 1]
            case "twice":
                lines.insert(at, line)
            case "indent":
                lines[at : at + 1] = [" " * (place % 7) + line]
            case "cut":
                lines[at : at + 1] = [line[: place % (len(line) + 1)]]
            case _:
                lines.insert(at, what)
    return "\n".join(lines)


_COLUMNS = [
    "text",
    "account",
    "when",
    "language",
    "link",
    "image",
    "alt",
    "visibility",
    "文案",
    "正文",
    "账号",
    "时间",
    "x",
]
_CELLS = st.one_of(
    TEXTS,
    st.sampled_from(
        [
            "sandbox:main", "sandbox:cn", "now", "slot", "2026-12-01 09:00", "2026-13-99 99:99", "en", "zh", "=1+1",
            "@SUM(A1)", "---", "a\n---\nb", "../../x.png", "/etc/passwd", "public", "", " ", "\t", '"', "'",
            "x" * 3_000,
        ]
    ),
)  # fmt: skip


def posts(told: Told, examples: int) -> None:
    """Write spreadsheets of posts, whole and damaged, in several encodings; each is checked as the command does it."""
    from bot.writing import importing

    with tempfile.TemporaryDirectory() as home, _world(Path(home)) as world:
        file = Path(home) / "posts.csv"
        rows = st.lists(st.lists(_CELLS, max_size=6), max_size=4)

        @_examples(examples)
        @given(
            st.lists(st.sampled_from(_COLUMNS), min_size=1, max_size=6),
            rows,
            st.sampled_from([",", ";", "\t"]),
            st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030", "latin-1"]),
            st.binary(max_size=20),
            st.booleans(),
        )
        def run(
            heads: list[str], body: list[list[str]], delimiter: str, encoding: str, noise: bytes, cut: bool
        ) -> None:
            out = io.StringIO()
            writer = csv.writer(out, delimiter=delimiter, escapechar="\\")
            writer.writerow(heads)
            writer.writerows(body)
            data = out.getvalue().encode(encoding, "replace")
            at = len(noise) * 7 % (len(data) + 1)
            data = data[:at] + noise + data[at:] if noise else data
            file.write_bytes(data[: len(data) * 2 // 3] if cut else data)
            _tried(told, "posts", data, lambda: importing.read(world.app, file, "anna", check_only=True))

        run()


def comments(told: Told, examples: int) -> None:
    """Write files of comments, whole and damaged; each is read or refused in words."""
    from bot.writing import comment_import

    with tempfile.TemporaryDirectory() as home, _world(Path(home)) as world:
        row = st.dictionaries(
            st.sampled_from(["text", "author", "at", "id", "account", "url", "language", "评论"]),
            st.one_of(TEXTS, st.integers(), st.none(), st.lists(st.integers(), max_size=2)),
            max_size=6,
        )
        lines = st.lists(
            st.one_of(
                row.map(lambda r: json.dumps(r).encode()),
                st.sampled_from(
                    [b"[" * 20_000, b'{"text":' * 20_000, b'{"text": 1e999}', b'{"text": NaN}', b"9" * 9_000]
                ),
                TEXTS.map(lambda t: t.encode("utf-8", "surrogatepass")),
                st.binary(max_size=60),
            ),
            max_size=5,
        )

        @_examples(examples)
        @given(lines, st.sampled_from([".csv", ".jsonl"]))
        def run(found: list[bytes], suffix: str) -> None:
            head = b"text,author,at\n" if suffix == ".csv" else b""
            file = Path(home) / f"comments{suffix}"
            file.write_bytes(head + b"\n".join(found))

            def read() -> None:
                if comment_import.is_comments(file):
                    comment_import.read(world.app, file, "sandbox:main", check_only=True)

            _tried(told, f"comments {suffix}", found, read)

        run()


def _world(home: Path) -> World:
    return World(f"sqlite:///{home / 'signoff.db'}", home, FixedClock())
