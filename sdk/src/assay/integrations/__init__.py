"""Wrappers for other libraries; nothing here imports the library it wraps."""
