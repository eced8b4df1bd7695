"""Organizations: the wall around everything a caller can see."""
