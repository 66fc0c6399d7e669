"""A run as one page of HTML that can be sent, printed and kept: the window's numbers and pictures, nothing to load."""
