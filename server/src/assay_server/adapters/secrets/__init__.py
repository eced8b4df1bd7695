"""Encryption of secrets with a master key of this machine."""
