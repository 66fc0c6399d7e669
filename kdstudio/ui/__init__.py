"""The window: everything that knows Qt. Pages do not know each other; they meet in the workspace."""
