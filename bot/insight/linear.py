"""A linear classifier as it is kept: weights, classes, a temperature. Numpy only; ``training`` makes them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import Misconfigured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("weights")


@dataclass(frozen=True)
class Linear:
    """Softmax over ``features @ weights + bias``, divided by a temperature so that the chances are honest."""

    classes: tuple[str, ...]
    #: Features x classes.
    weights: NDArray[np.float32] = field(repr=False)
    bias: NDArray[np.float32] = field(repr=False)
    temperature: float = 1.0
    #: What the features are made of; another embedder's vectors do not fit.
    embedder: str = ""
    #: How it was made and how well it does, as the model card tells it.
    card: Mapping[str, Any] = field(default_factory=dict)

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one row a text, before the temperature. Raises Misconfigured for features of another shape."""
        if features.shape[1] != self.weights.shape[0]:
            raise Misconfigured(
                f"This classifier was trained on {self.weights.shape[0]} numbers a text and got {features.shape[1]}.",
                next_step="Train it again: `signoff train sentiment`.",
            )
        found: NDArray[np.float32] = features @ self.weights + self.bias
        return found

    def chances(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the chance of each class, one row a text."""
        return softmax(self.logits(features) / self.temperature)

    def to_bytes(self) -> bytes:
        """Return it as one npz file; weights in half precision, which changes no answer."""
        import numpy as np

        about = {
            "classes": list(self.classes), "temperature": self.temperature, "embedder": self.embedder,
            "card": dict(self.card),
        }  # fmt: skip
        file = io.BytesIO()
        np.savez_compressed(
            file,
            weights=self.weights.astype("float16"),
            bias=self.bias.astype("float32"),
            about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), dtype="uint8"),
        )
        return file.getvalue()

    @classmethod
    def of_bytes(cls, data: bytes) -> Linear:
        """Read what ``to_bytes`` wrote; nothing in it is executed."""
        import numpy as np

        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            weights, bias = file["weights"].astype("float32"), file["bias"].astype("float32")
        return cls(
            tuple(about["classes"]), weights, bias, about["temperature"], about["embedder"], about.get("card", {})
        )


def softmax(logits: NDArray[Any]) -> NDArray[np.float32]:
    """Return chances that sum to 1 in each row."""
    import numpy as np

    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype="float32")


@lru_cache(maxsize=4)
def shipped(name: str) -> Linear:
    """Return a classifier that comes with Signoff: ``sentiment`` or ``intent``."""
    return Linear.of_bytes((WEIGHTS / f"{name}.npz").read_bytes())


def best(classes: Sequence[str], row: NDArray[Any]) -> tuple[str, float]:
    """Return the likeliest class and its chance."""
    n = int(row.argmax())
    return classes[n], float(row[n])
