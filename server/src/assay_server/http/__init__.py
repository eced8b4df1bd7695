"""What every route shares: callers, errors, headers, pages, body types."""
