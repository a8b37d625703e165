"""Who is in a room: each api process says which of its sockets live, and the room is told how many there are."""
