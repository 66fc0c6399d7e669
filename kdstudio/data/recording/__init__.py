"""Recording what a teacher answers that can only be asked over the network."""
