"""What people say and like in a room: two commands of the room feed, and what a newcomer reads of it."""
