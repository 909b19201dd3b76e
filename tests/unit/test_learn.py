"""Learning a folder: one at a time, with progress, over a change of the embedding model, with pages on the web."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot import words
from bot.app import LEARN_WAIT, App
from bot.brand_folder import init, load, pages
from bot.clock import FixedClock
from bot.domain.brand import Brand
from bot.errors import Halted, Misconfigured
from bot.settings import load as settings
from bot.store import leases, tables
from bot.surfaces.cli import main
from memory.base import STEP, BrandMemory, EmbedderChanged, EmbeddingFailed, MemoryItem
from memory.chroma import ChromaMemory
from memory.in_memory import InMemory, TinyEmbedder
from tests.unit.test_pages import Site, name, site

__all__ = ["site"]
ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    words._catalogue = None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def app(home: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setattr(App, "memory", InMemory())
    with App(settings(home=home), clock=clock) as made:
        yield made


class Other(TinyEmbedder):
    """Another embedding model, with vectors of another length."""

    name = "other"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [vector[:100] for vector in super().embed(texts)]


class Failing(Other):
    """One that gives up after the first texts."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self.count:
            raise EmbeddingFailed(next_step="Try again later.")
        return super().embed(texts)


# --- one at a time -----------------------------------------------------------------------------------------

LEARNER = """
import sys
from pathlib import Path
import bot.app
from bot.app import App
from bot.settings import load
from memory.chroma import ChromaMemory
from memory.in_memory import TinyEmbedder

home, folder, rounds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
bot.app.LEARN_WAIT = 600
for _ in range(rounds):
    App.memory = ChromaMemory(TinyEmbedder(), path=home / "memory")
    with App(load(home=home)) as app:
        app.learn(folder)
    App.memory.close()
"""


def test_two_processes_that_learn_one_brand_at_once_leave_one_of_the_two_whole(tmp_path: Path, home: Path) -> None:
    folders = [tmp_path / "one" / "shop", tmp_path / "two" / "shop"]
    for n, folder in enumerate(folders):
        folder.parent.mkdir()
        init(folder)
        rules = "\n".join(f"- Rule {i} of the {('first', 'second')[n]} kind." for i in range(60))
        (folder / "guidelines" / "voice.md").write_text(rules)
    with App(settings(home=home)):
        pass
    learners = [
        subprocess.Popen(
            [sys.executable, "-c", LEARNER, home, folder, "4"], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for folder in folders
    ]
    for learner in learners:
        _, err = learner.communicate(timeout=280)
        assert learner.returncode == 0, err
    with App(settings(home=home)) as app:
        brand: Brand = app.brand()
    memory = ChromaMemory(TinyEmbedder(), path=home / "memory")
    assert memory.version(brand.id) == brand.rulebook.version
    expected = {r.id for folder in folders for r in load(folder).brand.rulebook.rules}
    found = {hit.id for hit in memory.search(brand.id, "Rule of the kind", k=500)}
    memory.close()
    assert found == {r.id for r in brand.rulebook.rules}
    assert found < expected


def test_who_learns_waits_for_another_and_gives_up_in_words(app: App, folder: Path, clock: FixedClock) -> None:
    fence = leases.take(app.db, "learn", "elsewhere:1:2:3", 1000)
    said: list[str] = []
    app.progress = lambda what, done, total: said.append(what)
    with pytest.raises(Halted, match="Another command is learning") as caught:
        app.learn(folder)
    assert caught.value.next_step
    assert (said, len(clock.slept)) == (["waiting for another command that is learning"], LEARN_WAIT)
    assert fence is not None
    leases.release(app.db, "learn", "elsewhere:1:2:3", fence)
    assert app.learn(folder).added > 0
    # It was given back: the next one need not wait.
    assert app.learn(folder).added == 0
    assert len(clock.slept) == LEARN_WAIT


def test_who_was_overtaken_while_learning_stores_nothing(
    app: App, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(InMemory):
        def learn(self, *args: object, **given: object) -> object:  # type: ignore[override]
            learned = super().learn(*args, **{**given, "progress": None})  # type: ignore[arg-type]
            with app.db.write() as conn:
                conn.execute(update(tables.lease).values(owner="elsewhere:1:2:3", fence=tables.lease.c.fence + 1))
            return learned

    monkeypatch.setattr(App, "memory", Slow())
    with pytest.raises(Halted, match="learned meanwhile"):
        app.learn(folder)
    with pytest.raises(Exception, match="No brand has been learned"):
        app.brand()


# --- progress and another embedding model ------------------------------------------------------------------


def test_many_rules_are_learned_with_progress_and_few_without(app: App, folder: Path) -> None:
    said: list[tuple[str, int, int]] = []
    app.progress = lambda *told: said.append(told)
    app.learn(folder)
    assert said == []
    (folder / "guidelines" / "many.md").write_text("\n".join(f"- Say {n} of them." for n in range(340)))
    app.learn(folder)
    assert said[0] == ("learning the rules", STEP, 340)
    assert said[-1] == ("learning the rules", 340, 340)
    assert [done for _, done, _ in said] == [64, 128, 192, 256, 320, 340]


ITEMS = [MemoryItem(f"r{n}", f"Rule number {n} about tea.", "brand", "en") for n in range(100)]


@pytest.fixture(params=["in memory", "chroma"])
def learned(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[BrandMemory, Callable[[object], BrandMemory]]]:
    """A memory that was learned with one model, and how to open it with another."""
    if request.param == "in memory":
        memory = InMemory()

        def reopened(embedder: object) -> BrandMemory:
            memory.embedder = embedder  # type: ignore[assignment]
            return memory

        memory.learn("tea", "v1", ITEMS)
        yield memory, reopened
        return
    made = [ChromaMemory(TinyEmbedder(), path=tmp_path / "memory")]
    made[0].learn("tea", "v1", ITEMS)

    def opened(embedder: object) -> BrandMemory:
        made[-1].close()
        made.append(ChromaMemory(embedder, path=tmp_path / "memory"))  # type: ignore[arg-type]
        return made[-1]

    yield made[0], opened
    made[-1].close()


def test_reindexing_moves_to_another_model(learned: tuple[BrandMemory, Callable[[object], BrandMemory]]) -> None:
    memory = learned[1](Other())
    with pytest.raises(EmbedderChanged, match="reindex"):
        memory.learn("tea", "v1", ITEMS)
    told: list[tuple[int, int]] = []
    assert memory.learn("tea", "v2", ITEMS, reindex=True, progress=lambda *n: told.append(n)).added == 100
    assert told == [(64, 100), (100, 100)]
    assert memory.version("tea") == "v2"
    assert memory.search("tea", "Rule number 7", k=3)


def test_a_model_that_fails_while_reindexing_leaves_what_was_there(
    learned: tuple[BrandMemory, Callable[[object], BrandMemory]],
) -> None:
    with pytest.raises(EmbeddingFailed):
        learned[1](Failing()).learn("tea", "v2", ITEMS, reindex=True)
    memory = learned[1](TinyEmbedder())
    assert memory.version("tea") == "v1"
    assert len(memory.search("tea", "Rule number", k=200)) == 100


# --- the command -------------------------------------------------------------------------------------------


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(App, "memory", InMemory())

    def call(*argv: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_only_learning_reads_pages_and_a_lost_one_is_told_with_the_age_of_its_copy(
    run: Run, folder: Path, home: Path, site: Site
) -> None:
    url = site.url()
    name(folder, url)
    code, out, _ = run("check", str(folder))
    assert (code, f"{url} was never read" in out) == (0, True)
    assert site.asked == []
    code, out, _ = run("learn", str(folder), "--json")
    assert code == 0
    [page] = json.loads(out)["pages"]
    assert (page["url"], page["changed"], page["why"]) == (url, True, "")

    site.says("/voice", b"<ul><li>Never compare prices.</li></ul>")
    assert "The rules say the same." in run("diff", str(folder))[1]
    assert run("check", str(folder))[0] == 0
    assert len(site.asked) == 1
    run("learn", str(folder))
    assert "{+Never compare+}" in run("diff")[1]

    copies = pages.Copies.of_home(home)
    copy = copies.get(url)
    assert copy is not None
    copies.put(pages.Copy(url, copy.suffix, copy.charset, copy.fetched - timedelta(days=9), copy.body))
    site.says("/voice", b"", status=500)
    code, out, err = run("learn", str(folder))
    assert code == 0
    assert f"! {url} could not be read. The site answered with error 500." in err
    assert "which is 9 days old" in err
    assert "(0 new, 0 changed, 0 gone)" in out


def test_a_page_that_was_never_read_stops_learning(run: Run, folder: Path, site: Site) -> None:
    site.says("/voice", b"", status=404)
    name(folder, site.url())
    code, _, err = run("learn", str(folder))
    assert code == Misconfigured.exit_code
    assert "error 404" in err
    assert "never read, and there is no copy" in err


def test_learning_anew_is_said_as_such(run: Run, folder: Path) -> None:
    run("learn", str(folder))
    assert "anew" in run("learn", str(folder), "--reindex")[1]
