"""chrF and BLEU give what their papers and the tests of well-known implementations give."""

from __future__ import annotations

import pytest

from bot.insight.overlap import bleu, chrf, clipped, tokens

#: K. Papineni and others, ACL 2002, section 2: two candidates, three references.
FIRST = "It is a guide to action which ensures that the military always obeys the commands of the party"
SECOND = "It is to insure the troops forever hearing the activity guidebook that party direct"
WANTED = [
    "It is a guide to action that ensures that the military will forever heed Party commands",
    "It is the guiding principle which guarantees the military forces always being under the command of the Party",
    "It is the practical guide for the army always to heed the directions of the party",
]


@pytest.mark.parametrize(
    ("text", "others", "n", "hits", "tried"),
    [
        ("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"], 1, 2, 7),
        (FIRST, WANTED, 1, 17, 18),
        (FIRST, WANTED, 2, 10, 17),
        (SECOND, WANTED, 1, 8, 14),
        (SECOND, WANTED, 2, 1, 13),
    ],
)
def test_runs_of_words_are_counted_as_in_the_paper(text: str, others: list[str], n: int, hits: int, tried: int) -> None:
    mine = tokens(text)
    assert (clipped(mine, [tokens(o) for o in others], n), len(mine) - n + 1) == (hits, tried)


def test_bleu_of_the_papers_candidates() -> None:
    # https://www.nltk.org/api/nltk.translate.bleu_score.html, read 2026-11-22.
    assert bleu([FIRST], [WANTED]) == pytest.approx(0.5045666840058485)
    assert bleu([SECOND], [WANTED]) == 0.0
    assert bleu(["店里就有卖"], [["店里就有卖"]]) == pytest.approx(1.0)
    # Half the length, all of it right: the brevity penalty alone.
    assert bleu(["a b c d"], [["a b c d e f g h"]]) == pytest.approx(0.36787944)


@pytest.mark.parametrize(
    ("found", "wanted", "score"),
    [
        # https://github.com/mjpost/sacrebleu, test/test_chrf.py, read 2026-11-22: order 6, beta 3.
        (
            " risk assessment must be made of those who are qualified and expertise in the sector - these are the "
            "scientists .",
            "risk assessment has to be undertaken by those who are qualified and expert in that area - that is the "
            "scientists .",
            0.63361730,
        ),
        (
            " Die    Beziehung zwischen  Obama und Netanjahu ist nicht gerade  freundlich. ",
            "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich.",
            0.641302698,
        ),
        ("aa", "ab", 0.083333),
        ("abcdefg", "hijklmnop", 0.0),
        ("Niemand hat die Absicht, eine Mauer zu errichten", "Niemand hat die Absicht, eine Mauer zu errichten", 1.0),
        ("", "reference", 0.0),
    ],
)
def test_chrf_of_known_pairs(found: str, wanted: str, score: float) -> None:
    assert chrf([found], [wanted], beta=3.0) == pytest.approx(score, abs=1e-6)
