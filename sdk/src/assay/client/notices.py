"""Warnings a user sees once, not once per span."""

from __future__ import annotations


class Notices:
    """Says each kind of thing once per process; logging's own default prints it on stderr."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def warn(self, kind: str, message: str) -> None:
        """Log `message` unless something of this kind was said before. Never raises."""
        if kind in self._said:
            return
        self._said.add(kind)
        import logging  # costs 10 ms at import and is needed only now

        logging.getLogger("assay").warning("assay: %s", message)

    def said(self, kind: str) -> bool:
        """Whether something of this kind was said."""
        return kind in self._said
