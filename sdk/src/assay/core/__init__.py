"""Pure values shared by the SDK and the server: ids, span fields, merge rules, references, templates. No I/O."""
