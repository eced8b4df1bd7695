"""One file per way of speaking to a model provider."""
