"""Spans: making them, nesting them, handing them to other threads and processes."""
