"""Implementations of the bus port."""
