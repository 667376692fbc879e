"""Core: the types that travel from verb to verb. Nothing here knows a verb."""
