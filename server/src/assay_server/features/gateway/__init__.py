"""The gateway's routes, and the recording of calls below a parent span."""
