"""Whether a room counts those who are there, and nobody else, whatever becomes of their connections."""
