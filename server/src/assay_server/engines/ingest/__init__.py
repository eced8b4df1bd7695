"""Ingest: rows are made durable in a write-ahead log, acknowledged, merged by id and written to the span store."""
