"""Deleting rows of a certain age."""
