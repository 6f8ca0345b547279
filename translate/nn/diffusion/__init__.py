"""Diffusion: schedules, the process, samplers and U-Nets, for any plugin."""
