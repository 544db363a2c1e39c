"""Stored files on their way out: where they are read from, what they are called."""
