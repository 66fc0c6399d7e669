"""Taking the student out: files that run elsewhere, each checked through the runtime it is for."""
