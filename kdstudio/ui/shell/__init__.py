"""What stands around the pages: top bar, rail, context bar, status line, problems and log, palette, dialogs."""
