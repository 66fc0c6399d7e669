"""Text data: which columns of a file are texts and labels, found by content."""
