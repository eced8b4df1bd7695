"""Talking to the server: configuration, HTTP, the background sender and the offline spool."""
