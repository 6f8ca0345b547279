"""Built-in plugin `diffusion`."""
