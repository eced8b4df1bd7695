"""Copying what another server holds into this one, over the contract both speak (docs/design/012-import.md)."""

KINDS = ("settings", "environments", "prompts", "datasets", "experiments", "logs", "attachments", "access")
"""What may be chosen with --only and --skip; projects themselves are always copied."""
