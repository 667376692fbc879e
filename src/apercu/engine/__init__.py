"""Engines: where the data live. One file each; the registry finds them by `name`."""
