"""What the contract says when it fails is told in full, as in a test module."""

from __future__ import annotations

import pytest

for _chapter in ("bench", "contract_answers", "contract_comments", "contract_limits", "contract_publish"):
    pytest.register_assert_rewrite(f"tests.contract.{_chapter}")
