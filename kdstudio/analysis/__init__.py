"""What teacher, student and baseline answered, compared: pure numpy functions of stored `Predictions`."""
