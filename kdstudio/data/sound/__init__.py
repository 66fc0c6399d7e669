"""Sound data: clips in folders and archives, decoded without running anything."""
