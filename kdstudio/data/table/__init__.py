"""Tables: columns, categories and the column of the classes."""
