"""Rows in: log, insert and feedback routes, and the stream that announces them."""
