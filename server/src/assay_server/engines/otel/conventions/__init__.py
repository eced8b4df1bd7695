"""One module for each way of describing a model call in attributes; each takes what it knows."""
