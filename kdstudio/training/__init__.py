"""Training: batches, teachers, the distillation loop, evaluation, checkpoints. Every long operation is a generator."""
