"""Assemble: from a character's data of any shape to facts, and from facts to a prompt."""
