"""Keys of model providers, kept encrypted."""
