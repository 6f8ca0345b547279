"""The training loop: data, steps, checkpoints, held-out measures, sample sheets."""
