"""What clients of this API may ask for and this version does not do."""
