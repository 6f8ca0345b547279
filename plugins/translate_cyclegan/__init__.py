"""Built-in plugin `cyclegan`."""
