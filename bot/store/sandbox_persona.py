"""What one of those who live on the sandbox network is.

In a text, ``{words}`` are the first words of the post, ``{order}`` an order number, ``{n}`` a small number, ``{time}``
a time of day, ``{place}`` a town, ``{me}`` the account that is spoken to. All are fictional.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Lines = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Persona:
    """Somebody on the network. Chances are out of 256, drawn for each post."""

    id: str
    handle: str
    name: str
    mood: str
    #: What to expect of them, in a sentence.
    about: str
    says: Lines
    #: What they say when they get an answer; nobody there means they leave it at that.
    answers: Lines = field(default_factory=dict)
    comments: int = 100
    likes: int = 0
    reposts: int = 0
    #: How they speak to a post: ``reply``, ``mention`` or ``quote``.
    kinds: tuple[str, ...] = ("reply",)
    bot: bool = False
    #: What they change a comment into later; some are then taken back altogether.
    edits: Lines = field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.says)
