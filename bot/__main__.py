"""``python -m bot`` is the same program as ``signoff``."""

from bot.surfaces.cli import main

raise SystemExit(main())
