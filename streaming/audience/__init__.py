"""Who is in a room: each api process says how many watch in it, and the room is told how many there are."""
