"""Running Signoff day after day: backups, health, metrics."""
