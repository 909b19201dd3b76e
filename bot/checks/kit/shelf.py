"""Texts that many others are held against: which of them share enough with one to be worth comparing."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from bot.checks.base import Said

#: Two texts that read as one share so much of the shorter one's pieces at the least: 0.6 of all pieces of both is
#: 0.75 of the shorter one's where both are equally long, and more where they are not.
_LEAST = 0.74


class Shelf(Sequence["Said"]):
    """The newest texts on an account, the newest first, with an index of their pieces; older ones fall off."""

    def __init__(self, said: Sequence[Said], pieces: Callable[[str], frozenset[int]], most: int) -> None:
        self._pieces, self._most = pieces, most
        self._kept: deque[tuple[int, Said, frozenset[int]]] = deque()
        self._with: dict[int, set[int]] = {}
        self._n = 0
        for one in reversed(said[:most]):
            self.put(one)

    def put(self, said: Said) -> None:
        """Lay a text on top."""
        self._n += 1
        found = self._pieces(said.text)
        self._kept.appendleft((self._n, said, found))
        for piece in found:
            self._with.setdefault(piece, set()).add(self._n)
        if len(self._kept) > self._most:
            n, _, old = self._kept.pop()
            for piece in old:
                self._with[piece].discard(n)
                if not self._with[piece]:
                    del self._with[piece]

    def near(self, text: str) -> Iterator[Said]:
        """Yield those that may read as the same, the newest first: none that does is left out."""
        pieces = self._pieces(text)
        shared: Counter[int] = Counter()
        for piece in pieces:
            if piece in self._with:
                shared.update(self._with[piece])
        for n, said, theirs in self._kept if shared else ():
            if shared[n] >= _LEAST * min(len(pieces), len(theirs)):
                yield said

    @overload
    def __getitem__(self, at: int) -> Said: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Said]: ...
    def __getitem__(self, at: int | slice) -> Said | Sequence[Said]:
        said = [one for _, one, _ in self._kept]
        return said[at]

    def __len__(self) -> int:
        return len(self._kept)
