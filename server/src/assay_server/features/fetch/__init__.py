"""Reading the rows of one object page by page."""
