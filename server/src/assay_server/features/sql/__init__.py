"""Queries over HTTP: POST /btql."""
