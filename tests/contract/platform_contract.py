"""What every adapter must keep, whatever its network. Subclass, provide ``bench``, and do not weaken a test.

Four chapters: what fits (``contract_limits``), what leaves and is found (``contract_publish``), what comes of each
answer (``contract_answers``), and listening (``contract_comments``). The bench is in ``bench.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.platforms.base import Platform
from tests.contract.bench import (
    ACCENTED,
    FAMILY,
    OPERATIONS,
    Bench,
    Declared,
    MemoryVault,
    Sent,
    read_all,
)
from tests.contract.contract_answers import AnswerContract
from tests.contract.contract_comments import CommentContract
from tests.contract.contract_limits import LimitsContract
from tests.contract.contract_publish import PublishContract

__all__ = [
    "ACCENTED", "FAMILY", "OPERATIONS", "Bench", "Declared", "MemoryVault", "PlatformContract", "Sent", "read_all",
]  # fmt: skip


class PlatformContract(LimitsContract, PublishContract, AnswerContract, CommentContract):
    """Tests that hold for every platform."""

    @pytest.fixture
    def bench(self) -> Iterable[Bench]:
        raise NotImplementedError

    @pytest.fixture
    def adapter(self, bench: Bench) -> Iterable[Platform]:
        adapter = bench.adapter()
        yield adapter
        adapter.close()
