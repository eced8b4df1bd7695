"""Projects, and finding any object by id or name."""
