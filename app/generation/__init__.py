"""Generations: what is under way, and the library's one master."""
