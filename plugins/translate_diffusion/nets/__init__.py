"""Networks of the plugin, and the arithmetic round them. Torch is imported here."""
