"""A linear classifier as it is kept: weights, classes, a temperature. Numpy only; ``training`` makes them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    #: Name of the shipped classifier whose logits are read beside the features; empty for none.
    over: str = ""
    #: The same, fitted without one fifth of the texts each: who is to judge a text that was learned from.
    parts: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...] = field(default=(), repr=False)
    #: How it was made and how well it does, as the model card tells it.
    card: Mapping[str, Any] = field(default_factory=dict)

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one row a text, before the temperature. Raises Misconfigured for features of another shape."""
        features = beside(features, self.over)
        if features.shape[1] != self.weights.shape[0]:
            raise Misconfigured(
                f"This classifier was trained on {self.weights.shape[0]} numbers a text and got {features.shape[1]}.",
                next_step="Train it again: `signoff train sentiment`.",
            )
        found: NDArray[np.float32] = features @ self.weights + self.bias
        return found

    def of_fold(self, n: int) -> Linear:
        """Return the part that never saw the texts of fold ``n``; the whole where there are no parts."""
        return replace(self, weights=self.parts[n][0], bias=self.parts[n][1], parts=()) if self.parts else self

    def chances(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the chance of each class, one row a text."""
        return softmax(self.logits(features) / self.temperature)

    def to_bytes(self) -> bytes:
        """Return it as one npz file; weights in half precision, which changes no answer."""
        import numpy as np

        about = {
            "classes": list(self.classes), "temperature": self.temperature, "embedder": self.embedder,
            "over": self.over, "card": dict(self.card),
        }  # fmt: skip
        file = io.BytesIO()
        every = [(self.weights, self.bias), *self.parts]
        np.savez_compressed(
            file,
            weights=np.stack([w for w, _ in every]).astype("float16"),
            bias=np.stack([b for _, b in every]).astype("float32"),
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
            tuple(about["classes"]),
            weights[0],
            bias[0],
            about["temperature"],
            about["embedder"],
            about.get("over", ""),
            tuple(zip(weights[1:], bias[1:], strict=True)),
            about.get("card", {}),
        )


#: How much a shipped classifier's logits count among the features of one that is fitted over it.
_OVER = 0.5


def beside(features: NDArray[np.float32], over: str) -> NDArray[np.float32]:
    """Return features with what the shipped classifier ``over`` makes of them, so that few labels go a long way."""
    import numpy as np

    return np.hstack([features, shipped(over).logits(features) * _OVER]) if over else features


def softmax(logits: NDArray[Any]) -> NDArray[np.float32]:
    """Return chances that sum to 1 in each row."""
    import numpy as np

    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype="float32")


@lru_cache(maxsize=4)
def shipped(name: str) -> Linear:
    """Return a classifier that comes with Signoff: ``sentiment`` or ``intent``."""
    return Linear.of_bytes((WEIGHTS / f"{name}.npz").read_bytes())
