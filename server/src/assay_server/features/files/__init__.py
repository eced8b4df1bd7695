"""Bytes in and out over links that need no credential."""
