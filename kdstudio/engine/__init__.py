"""The engine process: torch, the background GPU thread and the desk thread. It knows no Qt."""
