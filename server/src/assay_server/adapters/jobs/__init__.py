"""Job queues: a lease table in the metadata database, and one in memory."""
