"""What the model may call: one tool a file, and ``kit.py`` with all that a tool may touch."""
