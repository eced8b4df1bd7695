"""Datasets as objects; their rows live in the span store."""
