"""Reading data sets by their content, and dividing them into train, validation and test. Numpy and Pillow only."""
