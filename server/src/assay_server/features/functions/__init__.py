"""Prompts and functions: one table, every version readable."""
