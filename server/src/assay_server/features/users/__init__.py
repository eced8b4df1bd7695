"""Users, and the role each has in an organization."""
