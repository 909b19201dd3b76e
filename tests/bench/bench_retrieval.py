"""What the brand memory finds, beside its two halves alone, on brands whose questions chose nothing; and how fast.

Each file in ``data/retrieval`` is a brand: rules in two languages, and questions in other words than the rule's. Those
with ``role: development`` tuned the embedding model and chose the weights, so their figures would say nothing; the
goals are held to those with ``role: held-out``. ``--tuning FILE`` and ``--brands ID ID ...`` judge a tuning on
development brands that it has not seen, for choosing weights (see ``train_retrieval.py``).

"questions" is the hybrid after ``signoff learn --questions``: ``data/retrieval/questions`` has what a large model
wrote for each rule from the prompt ``rule_questions`` and the rules alone, four a rule, so that none is asked here.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from memory.base import TRUSTED, MemoryItem  # noqa: E402
from memory.chroma import ChromaMemory  # noqa: E402
from memory.e5 import E5, weights_file  # noqa: E402
from memory.embeddings import ShippedEmbedder  # noqa: E402
from memory.plan import rows  # noqa: E402
from memory.ranking import COMMON, HYBRID, Index, Weights  # noqa: E402

DATA = Path(__file__).parent / "data" / "retrieval"
QUESTIONS = DATA / "questions"
#: How a search weighs its halves, and whether the rules have questions.
MODES = {
    "dense": (Weights(1, 0, 0, 0, 0, 0), False), "BM25": (Weights(0, 0, 1, 1, 1, 0), False), "hybrid": (HYBRID, False),
    "questions": (HYBRID, True),
}  # fmt: skip
GOAL, SLOWEST = 0.95, 30.0
#: The language asked in, and those that the rules are learnt in.
DIRECTIONS = {
    "en": ("en", ["en"]),
    "zh": ("zh", ["zh"]),
    "en, linked": ("en", ["en", "zh"]),
    "zh, linked": ("zh", ["en", "zh"]),
    "en->zh": ("en", ["zh"]),
    "zh->en": ("zh", ["en"]),
}

Brand = dict[str, Any]


class Remembering:
    """The shipped model; a text that was embedded before is not embedded again."""

    def __init__(self, model: ShippedEmbedder) -> None:
        self.model = model
        self.known: dict[str, list[float]] = {}

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        self.known.update(zip(new, self.model.embed(new), strict=True))
        return [self.known[text] for text in texts]


def questions(brand: Brand, lang: str) -> dict[str, list[str]]:
    """Return the questions written for a brand's rules; a brand without has none."""
    path = QUESTIONS / f"{brand['brand']}.{lang}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def items(brand: Brand, languages: Sequence[str], asked: bool = False) -> list[MemoryItem]:
    """Return the rules as learning a brand folder makes them: twins linked, a twin's text as another wording."""
    found = []
    written = {lang: questions(brand, lang) if asked else {} for lang in languages}
    for rule in brand["rules"]:
        for lang in languages:
            [other] = [x for x in languages if x != lang] or [""]
            names = {"en": rule["id"], "zh": f"{rule['id']}.zh"}
            file = f"guidelines/rules.{lang}.md"
            twin, aliases = (names[other], (rule[other],)) if other else ("", ())
            aliases = (*aliases, *written[lang].get(rule["id"], ()))
            one = MemoryItem(
                names[lang], rule[lang], "brand", lang, "should", file, 1, rule["heading"][lang], twin, aliases
            )
            found.append(one)
    return found


def ranks(brand: Brand, asked: str, learnt: Sequence[str], mode: str, embedder: Remembering) -> list[int]:
    """Return where the right rule stands for each question, counted from 1."""
    weights, written = MODES[mode]
    made = rows(items(brand, learnt, written))
    common = 0.0 if mode == "dense" else COMMON  # meaning alone is the plain cosine
    vectors = embedder.embed([r.embed for r in made])
    index = Index([r.embed for r in made], [r.metadata for r in made], vectors, common)
    language = asked if len(learnt) > 1 else None
    found = []
    for rule in brand["rules"]:
        for question in rule["ask"][asked]:
            [vector] = embedder.embed([question])
            hits = index.search(question, vector, 1000, language, TRUSTED, weights)
            found.append([h.id.removesuffix(".zh") for h in hits].index(rule["id"]) + 1)
    return found


def literal(brand: Brand, lang: str) -> Iterator[tuple[str, str]]:
    """Yield questions that name a rule to the letter: by its id, and by words of it in quotation marks."""
    for rule in brand["rules"]:
        text = rule[lang].rstrip(".。")
        end = " ".join(text.split()[-3:]) if lang == "en" else text[-5:]
        yield (
            (f"What does the rule {rule['id']} say?" if lang == "en" else f"规则 {rule['id']} 写的是什么？"),
            rule["id"],
        )
        yield (f'Which rule says "{end}"?' if lang == "en" else f"哪条规则写了“{end}”？"), rule["id"]


def share(found: Sequence[int], k: int) -> float:
    return sum(rank <= k for rank in found) / len(found)


def interval(part: float, n: int) -> str:
    """Return the 95 % interval (Wilson) of a share of n."""
    z2 = 1.96**2
    middle, half = part + z2 / (2 * n), 1.96 * math.sqrt(part * (1 - part) / n + z2 / (4 * n * n))
    return f"{(middle - half) / (1 + z2 / n):.2f}-{(middle + half) / (1 + z2 / n):.2f}"


class _MadeUp:
    """The shipped model for queries, vectors out of the air for 10,000 rows: the time of a search is the same."""

    name = "made up"

    def __init__(self, real: ShippedEmbedder) -> None:
        self.real = real
        self.random = np.random.default_rng(7)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if len(texts) < 100:
            return self.real.embed(texts)
        found: list[list[float]] = self.random.uniform(-1, 1, (len(texts), 896)).tolist()
        return found


def speed(brands: Sequence[Brand], embedder: ShippedEmbedder) -> tuple[float, float]:
    """Return the 95th percentile of a search among 10,000 rows in Chroma, and the time of the first, both in ms."""
    texts = [(r[lang], lang) for b in brands for r in b["rules"] for lang in ("en", "zh")]
    draw = random.Random(11)
    many = []
    for n in range(10_000):
        (one, lang), (two, _) = draw.choice(texts), draw.choice(texts)
        many.append(
            MemoryItem(f"rule-{n}", f"{one} {two}"[:300], "brand", lang, "should", f"guidelines/{n % 90}.md", n)
        )
    asked = [q for b in brands for r in b["rules"] for lang in ("en", "zh") for q in r["ask"][lang]]
    with tempfile.TemporaryDirectory() as folder:
        ChromaMemory(_MadeUp(embedder), path=Path(folder)).learn("big", "v1", many)
        memory = ChromaMemory(_MadeUp(embedder), path=Path(folder))
        started = time.perf_counter()
        memory.search("big", asked[0], 5, "en")
        first = (time.perf_counter() - started) * 1000
        took = []
        for question in draw.sample(asked, 200):
            started = time.perf_counter()
            memory.search("big", question, 5, draw.choice(["en", "zh", None]))
            took.append((time.perf_counter() - started) * 1000)
        memory.close()
    return sorted(took)[int(len(took) * 0.95)], first


def judged(title: str, group: Sequence[Brand], embedder: Remembering) -> dict[tuple[str, str], float]:
    """Print the table of a group of brands and return recall@5 by kind of question and mode."""
    figures: dict[tuple[str, str], float] = {}
    print(f"\n{title}: {', '.join(b['brand'] for b in group)}; {sum(len(b['rules']) for b in group)} rules a language")
    print(f"{'questions':<12}{'found by':<10}{'recall@1':>9}{'recall@5':>9}  {'95 %':<10}{'MRR':>6}{'n':>6}")
    for name in (*DIRECTIONS, "en literal", "zh literal"):
        for mode in MODES:
            if name in DIRECTIONS:
                found = [rank for b in group for rank in ranks(b, *DIRECTIONS[name], mode, embedder)]
            else:
                found = [rank for b in group for rank in literal_ranks(b, name[:2], mode, embedder)]
            five, n = share(found, 5), len(found)
            mrr = sum(1 / rank for rank in found) / n
            figures[name, mode] = five
            print(f"{name:<12}{mode:<10}{share(found, 1):>9.3f}{five:>9.3f}  {interval(five, n):<10}{mrr:>6.3f}{n:>6}")
    return figures


def literal_ranks(brand: Brand, lang: str, mode: str, embedder: Remembering) -> list[int]:
    """Return where the right rule stands for each question that names it to the letter."""
    weights, written = MODES[mode]
    made = rows(items(brand, [lang], written))
    common = 0.0 if mode == "dense" else COMMON  # meaning alone is the plain cosine
    vectors = embedder.embed([r.embed for r in made])
    index = Index([r.embed for r in made], [r.metadata for r in made], vectors, common)
    found = []
    for question, right in literal(brand, lang):
        [vector] = embedder.embed([question])
        hits = index.search(question, vector, 1000, None, TRUSTED, weights)
        found.append([h.id.removesuffix(".zh") for h in hits].index(right) + 1)
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tuning", type=Path, help="judge this tuning instead of the one that ships")
    parser.add_argument("--brands", nargs="+", metavar="ID", help="only these, each by itself, and nothing else")
    options = parser.parse_args()
    model = ShippedEmbedder()
    if options.tuning and (file := weights_file()):
        model._second = E5(file, options.tuning)
    embedder = Remembering(model)
    brands = [yaml.safe_load(p.read_text(encoding="utf-8")) for p in sorted(DATA.glob("*.yaml"))]
    if options.brands:
        judged("these", [b for b in brands if b["brand"] in options.brands], embedder)
        return 0
    held = [b for b in brands if b["role"] == "held-out"]
    for brand in held:
        judged("held-out, one", [brand], embedder)
    figures = judged("held-out", held, embedder)
    p95, first = speed(brands, model)
    print(f"\nfirst search of 10,000 rows, index read: {first:.0f} ms")
    reached = {lang: figures[lang, "questions"] for lang in ("en", "zh")}
    print(
        f"retrieval: recall5_en={reached['en']:.3f} recall5_zh={reached['zh']:.3f}"
        f" bm25_en={figures['en', 'BM25']:.3f} dense_en={figures['en', 'dense']:.3f} p95_ms={p95:.1f}"
        f" bm25_zh={figures['zh', 'BM25']:.3f} dense_zh={figures['zh', 'dense']:.3f}"
        f" no_questions_en={figures['en', 'hybrid']:.3f} no_questions_zh={figures['zh', 'hybrid']:.3f}"
    )
    return 0 if min(reached.values()) >= GOAL and p95 < SLOWEST else 1


if __name__ == "__main__":
    sys.exit(main())
