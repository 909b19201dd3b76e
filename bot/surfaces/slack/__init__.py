"""Slack: the desk where people sign off."""
