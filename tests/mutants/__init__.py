"""Deliberate mistakes in the product, each of which turns a named test red: `scripts/check mutants`."""
