"""From raw values to what a network takes. It belongs to the model, not to the data: each model keeps its own."""
