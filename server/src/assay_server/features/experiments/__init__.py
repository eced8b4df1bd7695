"""Experiments as objects, and what is computed from their rows."""
