"""The conversation that the model calls of a trace make together."""
