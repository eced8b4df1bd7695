"""Stores of file bytes."""
