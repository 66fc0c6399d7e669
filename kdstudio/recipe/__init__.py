"""What a person configures, as frozen values: the recipe, its parts, and what is wrong with it."""
