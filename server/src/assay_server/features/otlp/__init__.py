"""Traces over OTLP/HTTP."""
