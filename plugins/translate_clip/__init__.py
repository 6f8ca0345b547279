"""Built-in plugin `clip`."""
