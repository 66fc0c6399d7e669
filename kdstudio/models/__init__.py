"""Models: the zoo, loading by content, identification by keys and shapes, preprocessing, measuring and scoring."""
