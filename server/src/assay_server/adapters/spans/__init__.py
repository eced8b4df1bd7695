"""Span stores: the embedded engine in a process of its own, or any ClickHouse server, both through one client."""
