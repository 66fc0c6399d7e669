"""Image data: listing, decoding, parts and classes of pictures in folders and archives."""
