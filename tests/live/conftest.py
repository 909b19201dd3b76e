"""Tests here need a server that somebody names; nothing of them is collected without one, so nothing is skipped."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("SIGNOFF_TEST_MASTODON_URL") else ["test_*.py"]
