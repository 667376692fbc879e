"""`python -m apercu` is the same as `apercu`."""

from .cli import main

main()
