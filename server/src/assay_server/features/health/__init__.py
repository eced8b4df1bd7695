"""How the server is, for who looks after it."""
