"""Decoding pictures, in processes that can be killed. Nothing is imported here, so that a worker starts at once."""
