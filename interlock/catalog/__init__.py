"""The catalog of tools: its file, what other catalogs offer, and what is wrong with it."""
