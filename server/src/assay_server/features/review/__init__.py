"""Review queues: rows for people to judge, by whom, how often, and what came of it."""
