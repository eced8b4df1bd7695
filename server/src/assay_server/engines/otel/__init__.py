"""OpenTelemetry spans in, row fields out: decoding of both encodings and the mapping of every known convention."""
