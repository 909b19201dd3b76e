"""What several checks share: word lists, numbers as people write them, national ids. Nothing in here is a check."""
