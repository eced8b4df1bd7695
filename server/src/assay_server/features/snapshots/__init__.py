"""Named versions of datasets, and going back to a version."""
