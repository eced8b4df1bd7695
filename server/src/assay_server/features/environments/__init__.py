"""Environments, and which version of an object each one uses."""
