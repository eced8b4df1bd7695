"""How callers prove who they are: API keys, one-time login links, browser sessions."""
