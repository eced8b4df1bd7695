"""The metadata database: SQLite in the data directory, or PostgreSQL."""
