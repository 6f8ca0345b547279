"""Checkpoints of the public implementations of SR3, Palette and SRDiff, as our U-Net."""
