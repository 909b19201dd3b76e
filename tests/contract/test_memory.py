"""The memory contract over every kind of memory: plain Python, Chroma in a folder, and a Chroma server."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory.base import BrandMemory, Embedder, MemoryItem, MemoryUnreachable
from memory.chroma import ChromaMemory
from memory.in_memory import InMemory, TinyEmbedder
from tests.contract.memory_contract import MemoryContract

#: The checkout: a child process must find this `memory`, wherever the test itself runs.
ROOT = Path(__file__).parents[2]


class TestInMemory(MemoryContract):
    @pytest.fixture
    def make(self) -> Callable[[Embedder], BrandMemory]:
        first = InMemory()

        def make(embedder: Embedder) -> BrandMemory:
            memory = InMemory(embedder)
            memory._shelves, memory._others = first._shelves, first._others
            return memory

        return make


class TestChromaInAFolder(MemoryContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Iterator[Callable[[Embedder], BrandMemory]]:
        with contextlib.ExitStack() as stack:

            def make(embedder: Embedder) -> BrandMemory:
                return stack.enter_context(contextlib.closing(ChromaMemory(embedder, path=tmp_path / "memory")))

            yield make

    def test_it_survives_the_process(self, tmp_path: Path) -> None:
        code = (
            "from pathlib import Path; from memory.chroma import ChromaMemory; from memory.in_memory import *\n"
            "from memory.base import MemoryItem\n"
            f"m = ChromaMemory(TinyEmbedder(), path=Path({str(tmp_path / 'memory')!r}))\n"
            "print(m.learn('tea', 'v7', [MemoryItem('a', 'The shop opens at ten.')]).added)\n"
        )
        with contextlib.closing(ChromaMemory(TinyEmbedder(), path=tmp_path / "memory")) as memory:
            memory.learn("tea", "v1", [MemoryItem("b", "Oolong.")])
            assert memory.search("tea", "open")
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300, cwd=ROOT
            )
            assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr
            assert [h.id for h in memory.search("tea", "open")] == ["a"]
            assert memory.version("tea") == "v7"

    def test_a_shelf_sees_what_another_process_learns(self, tmp_path: Path) -> None:
        """Although the rules' memory in this process holds the same folder open."""
        code = (
            "from pathlib import Path; from memory.chroma import ChromaMemory; from memory.in_memory import *\n"
            "from memory.base import MemoryItem\n"
            f"m = ChromaMemory(TinyEmbedder(), path=Path({str(tmp_path / 'memory')!r}))\n"
            "print(m.shelf('posts').learn('tea', 'p2', [MemoryItem('a', 'The shop opens at ten.')]).added)\n"
        )
        with contextlib.closing(ChromaMemory(TinyEmbedder(), path=tmp_path / "memory")) as memory:
            posts = memory.shelf("posts")
            memory.learn("tea", "v1", [MemoryItem("b", "Oolong.")])
            posts.learn("tea", "p1", [MemoryItem("c", "Open late.")])
            assert memory.search("tea", "open")
            assert posts.search("tea", "open")
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300, cwd=ROOT
            )
            assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr
            assert [h.id for h in posts.search("tea", "open")] == ["a"]
            assert [row.id for row in posts.kept("tea")] == ["a"]
            assert [h.id for h in memory.search("tea", "open")] == ["b"]

    def test_the_dotenv_of_the_working_folder_is_not_chromas(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".env").write_text("CHROMA_SERVER_HOST=elsewhere.example\nIS_PERSISTENT=false\n")
        monkeypatch.chdir(tmp_path)
        with contextlib.closing(ChromaMemory(TinyEmbedder(), path=tmp_path / "memory")) as memory:
            memory.learn("tea", "v1", [MemoryItem("b", "Oolong.")])
            assert memory._client().get_settings().chroma_server_host is None

    def test_a_folder_that_cannot_be_used_is_said_in_words(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        memory = ChromaMemory(TinyEmbedder(), path=tmp_path / "file" / "memory")
        ok, detail = memory.health()
        assert not ok
        assert "Check that the folder can be written" in detail


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, free_port: int) -> Iterator[str]:
    import httpx

    folder = tmp_path_factory.mktemp("chroma")
    command = [Path(sys.executable).parent / "chroma", "run", "--path", folder, "--host", "127.0.0.1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--port", str(free_port)], stdout=log, stderr=log, cwd=folder)
        url = f"http://127.0.0.1:{free_port}"
        try:
            for _ in range(1200):
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"{url}/api/v2/heartbeat", timeout=5).is_success:
                        break
                time.sleep(0.1)
            else:
                pytest.fail((folder / "log").read_text())
            yield url
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture(scope="module")
def free_port() -> int:
    from tests.servers import process

    return process.free_port()


@pytest.mark.slow
class TestChromaServer(MemoryContract):
    @pytest.fixture
    def make(self, server: str) -> Iterator[Callable[[Embedder], BrandMemory]]:
        with contextlib.ExitStack() as stack:

            def make(embedder: Embedder) -> BrandMemory:
                return stack.enter_context(contextlib.closing(ChromaMemory(embedder, url=server)))

            yield make
            for brand in ("tea", "茶 House!"):
                make(TinyEmbedder()).forget(brand)


def test_a_server_that_is_not_there_is_said_in_words() -> None:
    memory = ChromaMemory(TinyEmbedder(), url="http://127.0.0.1:9", timeout=1)
    with pytest.raises(MemoryUnreachable, match="Start the Chroma server"):
        memory.search("tea", "prices")
    assert memory.health()[0] is False


def test_a_server_that_is_silent_is_given_up_on() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        memory = ChromaMemory(TinyEmbedder(), url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        started = time.monotonic()
        with pytest.raises(MemoryUnreachable, match="ReadTimeout"):
            memory.version("tea")
        assert time.monotonic() - started < 60


def test_a_memory_is_in_a_folder_or_on_a_server() -> None:
    with pytest.raises(ValueError, match="either"):
        ChromaMemory(TinyEmbedder())


def test_no_kind_of_memory_drops_a_test_of_the_contract() -> None:
    names = {name for name in vars(MemoryContract) if name.startswith("test_")}
    for kind in (TestInMemory, TestChromaInAFolder, TestChromaServer):
        assert not names & set(vars(kind)), f"{kind.__name__} overrides {names & set(vars(kind))}"
