"""The four stages. Torch is imported only when one is loaded."""
