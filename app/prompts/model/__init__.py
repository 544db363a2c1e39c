"""Model: a language model that chooses the order of the facts and the words between them, and no other word."""
