"""What the brand plans to talk about, to whom, and how its texts and links should come out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Phrase:
    """One thing said in one or more languages, as (BCP 47 tag, text), the brand's first language first."""

    texts: tuple[tuple[str, str], ...] = ()

    def text(self, language: str = "") -> str:
        """Return the words in ``language`` (only its first part counts), else in the first one given."""
        wanted = language.split("-")[0].lower()
        same = (text for tag, text in self.texts if tag.split("-")[0].lower() == wanted)
        return next(same, self.texts[0][1] if self.texts else "")


@dataclass(frozen=True)
class Pillar:
    """A subject that the brand talks about again and again."""

    id: str
    text: Phrase
    #: Share of the brand's posts that it should have, in percent; 0 where no share is set.
    share: int = 0


@dataclass(frozen=True)
class Segment:
    """A group of readers, in words; never a list of persons."""

    id: str
    text: Phrase


@dataclass(frozen=True)
class Tagging:
    """How links are tagged so that visits can be told apart by post; empty ``links`` means: not at all.

    ``source``, ``medium``, ``campaign`` and ``content`` may hold ``{platform}``, ``{account}``, ``{campaign}``,
    ``{kind}``, ``{variant}`` and ``{draft}``.
    """

    #: Hosts, or hosts with the beginning of a path, whose links are tagged: ``shop.example.com/tea``.
    links: tuple[str, ...] = ()
    source: str = "{platform}"
    medium: str = "social"
    campaign: str = "{campaign}"
    content: str = "{variant}"


@dataclass(frozen=True)
class Style:
    """What a text should be like, as far as code can measure it; None and empty mean: anything."""

    #: ``positive`` or ``neutral``: the mood that posts should have.
    mood: str = ""
    #: Hardest text allowed, in years of school (US grade for English, the same scale for Chinese).
    school_years: int | None = None
    exclamations: int | None = None
    emoji: int | None = None
    hashtags: int | None = None


@dataclass(frozen=True)
class WeekSlot:
    """A time of the week that a post may take, in the zone of each account it is for."""

    #: Weekdays, Monday is 0.
    days: tuple[int, ...]
    #: ``HH:MM``.
    at: str
    #: ``platform:name``; empty for every account.
    account: str = ""


@dataclass(frozen=True)
class Quiet:
    """Hours or dates in which nothing goes out, by the wall time of each account it is for."""

    #: First and last date it holds, both included, ``YYYY-MM-DD``; empty: always.
    first: str = ""
    last: str = ""
    #: Weekdays on which it begins, Monday is 0; empty: every day.
    days: tuple[int, ...] = ()
    #: ``HH:MM`` up to but without ``HH:MM``; it may run over midnight. The same twice means the whole day.
    start: str = "00:00"
    end: str = "00:00"
    account: str = ""


@dataclass(frozen=True)
class Plan:
    """What ``brand.yaml`` says of the brand's plans; everything in it may be left out."""

    pillars: tuple[Pillar, ...] = ()
    segments: tuple[Segment, ...] = ()
    #: Subjects to keep an eye on.
    topics: tuple[str, ...] = ()
    #: ISO 3166 countries whose public holidays matter, such as ``GB`` or ``CN``.
    holidays: tuple[str, ...] = ()
    #: Wall times ``HH:MM`` at which the brand likes to publish, in the account's zone.
    times: tuple[str, ...] = ()
    #: Handles that a text may mention, without @; empty means that nobody said.
    mentions: tuple[str, ...] = ()
    tagging: Tagging = field(default_factory=Tagging)
    style: Style = field(default_factory=Style)
    slots: tuple[WeekSlot, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    #: Least minutes between two posts of an account when one of them is late, so that no burst follows an outage.
    gap_minutes: int = 5

    def segment(self, segment_id: str) -> Segment | None:
        """Return the segment with this id, or None."""
        return next((s for s in self.segments if s.id == segment_id), None)
