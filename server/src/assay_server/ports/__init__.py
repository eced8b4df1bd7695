"""What the engines need from the outside, as Protocols. Implementations live in `assay_server.adapters`."""
