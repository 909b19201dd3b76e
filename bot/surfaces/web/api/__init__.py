"""``/api/v1``: what the pages do, for programs. Each file holds operations of one kind, in ``OPERATIONS``."""
