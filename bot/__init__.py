"""The application; see docs/architecture.md."""

VERSION = "0.1.0"
