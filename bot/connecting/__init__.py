"""Connecting accounts: consent in the browser, a trial of the new login, and only then the swap for the old one."""
