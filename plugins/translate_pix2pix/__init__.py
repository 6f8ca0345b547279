"""Built-in plugin `pix2pix`."""
