"""Built-in plugin `basic`."""
