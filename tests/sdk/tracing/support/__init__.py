"""A small HTTP server that keeps rows as the contract says, and states that talk to it."""
