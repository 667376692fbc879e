"""Numbers: pure functions on numbers and arrays. Imports nothing of the house."""
