"""Files that rows refer to by a key of the client's making."""
