"""Buttons: one file an action_id, up to its first dot; run() does what it says."""
