"""The measures behind a text's score: each returns points (0 to 100), a sentence why, and a sentence what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from bot.insight import keyword as kw
from bot.insight import text as texts
from bot.insight.asking import calls_to_action
from bot.insight.feeling import EMOTIONS, emotion, mood
from bot.insight.headline import headline, opening, right_length
from bot.insight.reading import ENOUGH_WORDS, readability
from bot.insight.score import Goal
from bot.words import say

Measured = tuple[float, str, str]


def nothing() -> str:
    """Say that there is no text."""
    return say("There is no text yet.")


def begin() -> str:
    """Say what to do about that."""
    return say("Write a sentence first.")


def _chinese(whole: str, goal: Goal) -> bool:
    return texts.is_chinese(whole, goal.language)


def _unit(whole: str, goal: Goal) -> str:
    return say("characters") if _chinese(whole, goal) else say("words")


# --- title -------------------------------------------------------------------------------------------------


def title(pieces: tuple[str, ...], whole: str, goal: Goal) -> Measured:
    """Titles and openings: length, something concrete, a gain, a number or question, the reader."""
    is_title = goal.family != "short"
    words = goal.keywords or tuple(k.word for k in kw.keywords(whole, goal.language, 2))
    lines = [ln for ln in whole.splitlines() if ln.strip()] if goal.family == "title" else [opening(whole)]
    found = [headline(re.sub(r"^(?:\d+[.)、]|[-*]) *", "", ln), goal.language, words, title=is_title) for ln in lines]
    points = sum(h.score for h in found) / len(found)
    worst = min(found, key=lambda h: h.score)
    least, most = right_length(_chinese(whole, goal), title=is_title)
    features = {
        say("a number"): worst.number,
        say("a question"): worst.question,
        say("what readers gain"): worst.gain,
        say("the reader"): worst.you,
        say("something concrete"): worst.concrete,
    }
    good = [name for name, there in features.items() if there]
    fixes = []
    if worst.bait:
        fixes.append(say("Promise only what the text keeps."))
    if worst.weak:
        fixes.append(say("Begin with the news, not with the announcement of it."))
    if not worst.right_length:
        fixes.append(say("Make it {least} to {most} {unit}.", least=least, most=most, unit=_unit(whole, goal)))
    if not worst.concrete:
        fixes.append(say("Name the thing itself: what, who, where or how many."))
    if not worst.gain:
        fixes.append(say("Say what the reader gets from it."))
    if not worst.you and not worst.question and not worst.number:
        fixes.append(say("Speak to the reader, or give a number."))
    listed = say(", ").join(good) or say("nothing that draws readers in")
    why = say("“{text}” has {what}.", text=_short(worst.text), what=listed)
    return points, why, " ".join(fixes[:2])


def _short(text: str, most: int = 48) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


# --- keywords ----------------------------------------------------------------------------------------------


def keywords(pieces: tuple[str, ...], whole: str, goal: Goal) -> Measured:
    """Named keywords must be there, early, and not stuffed; without names, the text's own are judged."""
    # A short text that says its subject twice is dense already.
    size = max(1, len(texts.words(texts.prose(whole), goal.language)))
    most = max(0.04, 2.5 / size)
    if goal.keywords:
        seen = {k: kw.of(whole, k, goal.language) for k in goal.keywords}
        missing = [k for k, (count, _) in seen.items() if not count]
        stuffed = [k for k, (count, density) in seen.items() if count > 2 and density > most * _parts_of(k, goal)]
        first = opening(whole)
        late = not missing and not any(kw.places(first, k) for k in goal.keywords)
        points = 100 * (1 - len(missing) / len(seen)) - 25 * len(stuffed) - 15 * late
        counted = say(", ").join(f"{k} ×{count} ({density:.1%})" for k, (count, density) in seen.items())
        fix = (
            say("Work in: {words}.", words=say(", ").join(missing)) if missing
            else say("Say {words} less often.", words=say(", ").join(stuffed)) if stuffed
            else say("Bring a keyword into the first sentence.") if late else ""
        )  # fmt: skip
        return points, say("Your keywords: {counted}.", counted=counted), fix
    found = kw.keywords(whole, goal.language, 5)
    if not found:
        return 40, say("No word tells what it is about."), say("Name the subject: the product, the place, the event.")
    stuffed = [k.word for k in found if k.count > 2 and k.density > most * _parts_of(k.word, goal)]
    top = found[:3]
    early = any(kw.places(opening(whole), k.word) for k in top)
    points = 100 - 25 * len(stuffed) - 20 * (not early)
    counted = say(", ").join(f"{k.word} ×{k.count}" for k in found)
    fix = (
        say("Say {words} less often.", words=say(", ").join(stuffed)) if stuffed
        else say("Bring {word} into the first sentence.", word=found[0].word) if not early else ""
    )  # fmt: skip
    return points, say("It is about: {counted}.", counted=counted), fix


def _parts_of(keyword: str, goal: Goal) -> int:
    return len(texts.words(keyword, goal.language)) or 1


# --- readability -------------------------------------------------------------------------------------------

_YEARS = {"short": 8, "long": 10, "title": 8}


def reading(pieces: tuple[str, ...], whole: str, goal: Goal) -> Measured:
    """Years of school against what is wished for; each year above costs."""
    found = readability(whole, goal.language)
    wished = goal.school_years if goal.school_years is not None else _YEARS[goal.family]
    if found.words < ENOUGH_WORDS:
        return 100, say("It is too short to be hard to read."), ""
    over = found.school_years - wished
    points = 100 - 9 * over if over > 0 else 100
    why = say(
        "Reading it takes about {years} years of school (aim: at most {wished}); a sentence has {length} {unit}.",
        years=f"{found.school_years:g}", wished=wished, length=f"{found.sentence_length:g}",
        unit=_unit(whole, goal),
    )  # fmt: skip
    hardest = max(texts.sentences(texts.prose(whole)), key=texts.length)
    return points, why, say("Cut this sentence in two, in plainer words: “{text}”", text=_short(hardest, 70))


# --- tone --------------------------------------------------------------------------------------------------


def tone(pieces: tuple[str, ...], whole: str, goal: Goal) -> Measured:
    """Mood and emotion against what is intended, and how much is shouted."""
    felt, carried = mood(whole, goal.language), emotion(whole, goal.language)
    strongest = say("strongest emotion: {name}", name=emotion_name(carried.strongest)) if carried.strongest else ""
    why = say("It sounds {mood} ({score}).", mood=mood_name(felt.label), score=f"{felt.score:+.2f}")
    if strongest:
        why = say(
            "It sounds {mood} ({score}); {strongest}.",
            mood=mood_name(felt.label),
            score=f"{felt.score:+.2f}",
            strongest=strongest,
        )
    points, fix = 100.0, ""
    if goal.tone in EMOTIONS:
        points = 40 + 120 * carried.shares.get(goal.tone, 0.0)
        fix = say("Let more of this be felt: {name}.", name=emotion_name(goal.tone))
    elif goal.tone == "positive":
        points = 100 if felt.score >= 0.3 else 65 + 115 * felt.score
        fix = say("Say it more warmly: what is good about it for the reader?")
    elif goal.tone == "neutral":
        points = 100 - 110 * max(0.0, abs(felt.score) - 0.35)
        fix = say("Say it more soberly, without judging words.")
    elif felt.score < -0.1:
        points = 90 + 80 * felt.score
        fix = say("It sounds worse than it may be meant: say what can be done.")
    shouts = texts.exclamations(whole) - goal.most_exclamations
    caps = texts.capitals(whole)
    if shouts > 0:
        points -= 12 * shouts
        fix = say("Use at most {n} exclamation marks.", n=goal.most_exclamations)
    if caps:
        points -= 10 * len(caps)
        fix = say("Write {words} in small letters: capitals shout.", words=say(", ").join(c.text for c in caps[:3]))
    return points, why, fix


def mood_name(label: str) -> str:
    """Name a mood as people say it."""
    return {"positive": say("positive"), "neutral": say("neutral"), "negative": say("negative")}[label]


def emotion_name(name: str) -> str:
    """Name an emotion as people say it."""
    return {
        "joy": say("joy"), "trust": say("trust"), "anticipation": say("anticipation"), "surprise": say("surprise"),
        "fear": say("fear"), "sadness": say("sadness"), "anger": say("anger"), "disgust": say("disgust"),
    }[name]  # fmt: skip


# --- hashtags ----------------------------------------------------------------------------------------------


def hashtags(pieces: tuple[str, ...], whole: str, goal: Goal) -> Measured:
    """One to a few, from the brand's own list where it has one."""
    tags = [t.text for t in texts.hashtags(whole)]
    own = {t.lstrip("#＃").lower() for t in goal.hashtags}
    strange = [t for t in tags if own and t.lower() not in own]
    over = len(tags) - goal.most_hashtags
    shown = " ".join(f"#{t}" for t in tags) or say("none")
    points = 100 - 25 * len(strange) - 20 * max(0, over)
    fix = ""
    if goal.most_hashtags == 0:
        points = 100 if not tags else 40
        fix = say("The brand uses no hashtags: leave them out.")
    elif not tags:
        points = 40 if own else 70
        some = " ".join(f"#{t.lstrip('#＃')}" for t in goal.hashtags[:3])
        fix = say("Add one of the brand's: {tags}.", tags=some) if own else say("Add one that readers search for.")
    elif strange:
        some = " ".join(f"#{t.lstrip('#＃')}" for t in goal.hashtags[:3])
        listed = " ".join(f"#{t}" for t in strange)
        fix = say("Not on the brand's list: {tags}. There it has: {some}.", tags=listed, some=some)
    elif over > 0:
        fix = say("Use at most {n}.", n=goal.most_hashtags)
    return points, say("It has {tags}.", tags=shown), fix


# --- length ------------------------------------------------------------------------------------------------

#: What people read to the end: words, or characters in Chinese, by kind; then by family.
_RANGES: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "title": ((5, 14), (8, 28)), "blog_titles": ((5, 14), (8, 28)), "short": ((12, 60), (20, 150)),
    "reply": ((5, 50), (8, 120)), "comment_starter": ((4, 30), (6, 70)), "holding_statement": ((25, 120), (50, 280)),
    "ad_copy": ((6, 60), (12, 150)), "thread": ((30, 400), (60, 900)), "long": ((300, 1800), (500, 3500)),
    "newsletter": ((150, 900), (300, 2000)), "summary": ((40, 250), (80, 500)), "outline": ((60, 600), (100, 1200)),
    "video_script": ((60, 500), (100, 1000)), "influencer_brief": ((120, 900), (200, 1800)),
}  # fmt: skip


def sensible(kind: str, family: str, chinese: bool) -> tuple[int, int]:
    """Return the fewest and most words (Chinese: characters) that suit a kind."""
    return _RANGES.get(kind, _RANGES[family])[chinese]


def length(pieces: tuple[str, ...], whole: str, goal: Goal) -> Measured:
    """The platform's own count first, then what people read to the end."""
    chinese = _chinese(whole, goal)
    least, most = sensible(goal.kind, goal.family, chinese)
    each = [texts.length(ln) for ln in whole.splitlines() if ln.strip()] if goal.family == "title" else []
    size = round(sum(each) / len(each)) if each else texts.length(texts.prose(whole))
    unit = _unit(whole, goal)
    why = say("{n} {unit}; {least} to {most} suit it.", n=size, unit=unit, least=least, most=most)
    if goal.limit:
        longest = max(pieces, key=goal.count)
        used = goal.count(longest)
        why += " " + say("{n} of {limit} {unit}.", n=used, limit=goal.limit, unit=say(goal.unit))
        if used > goal.limit:
            return 0, why, say("It is {n} {unit} too long.", n=used - goal.limit, unit=say(goal.unit))
    if size < least:
        return 30 + 70 * size / least, why, say("Say more: what it is, for whom, when and where.")
    if size > most:
        return max(20, 100 - 80 * (size - most) / most), why, say("Say less: leave out what readers would not miss.")
    return 100, why, ""


# --- call to action ----------------------------------------------------------------------------------------


def call(pieces: tuple[str, ...], whole: str, goal: Goal) -> Measured:
    """Something the reader can do; one or two, not five."""
    found = calls_to_action(whole, goal.language)
    if not found:
        return (
            35,
            say("Nothing asks the reader to do anything."),
            say("End with one thing to do: come, book, read, answer."),
        )
    if len(found) > 4 and goal.family == "short":
        return 75, say("It asks for {n} things.", n=len(found)), say("Ask for one thing.")
    last = found[-1]
    if goal.family == "long" and last.span[1] < len(whole) * 0.6:
        return 70, say("It asks: “{text}”.", text=last.text), say("Ask for it at the end too.")
    return 100, say("It asks: “{text}”.", text=last.text), ""


# --- accessibility -----------------------------------------------------------------------------------------


def accessibility(pieces: tuple[str, ...], whole: str, goal: Goal) -> Measured:
    """What a screen reader makes of it: alt texts, emoji, hashtags, letters in disguise."""
    points, said, fixes = 100.0, list[str](), list[str]()
    bare = sum(not alt.strip() for alt in goal.alts)
    if bare:
        points -= 40 * bare
        said.append(say("Pictures without an alt text: {n}.", n=bare))
        fixes.append(say("Say what each picture shows, for those who cannot see it."))
    if runs := texts.emoji_runs(whole):
        points -= 20 * len(runs)
        said.append(say("{n} emoji in a row are read out one by one.", n=max(r.count for r in runs)))
        fixes.append(say("Keep one emoji of each row."))
    many = len(texts.emoji(whole)) - goal.most_emoji
    if many > 0:
        points -= 8 * many
        said.append(say("It has {n} emoji.", n=many + goal.most_emoji))
        fixes.append(say("Use at most {n}.", n=goal.most_emoji))
    if within := texts.emoji_within(whole):
        points -= 8 * len(within)
        said.append(say("An emoji stands in the middle of a sentence."))
        fixes.append(say("Put emoji at the end."))
    if joined := texts.run_together(whole):
        points -= 20 * len(joined)
        said.append(say("#{tag} is read as one word.", tag=joined[0].text))
        fixes.append(say("Write #{tag}.", tag=texts.camel_case(joined[0].text)))
    if _disguised(whole):
        points -= 40
        said.append(say("Some letters are signs that only look like letters."))
        fixes.append(say("Type the words in plain letters."))
    why = " ".join(said) or say("A screen reader reads it well.")
    return points, why, " ".join(fixes[:2])


def _disguised(text: str) -> bool:
    """Say whether letters are written with mathematical or enclosed signs, which are read out sign by sign."""
    return sum("MATHEMATICAL" in unicodedata.name(c, "") for c in text if ord(c) > 0x1D3FF) > 2


PARTS: dict[str, Callable[[tuple[str, ...], str, Goal], Measured]] = {
    "title": title, "keywords": keywords, "readability": reading, "tone": tone, "hashtags": hashtags,
    "length": length, "call": call, "accessibility": accessibility,
}  # fmt: skip
