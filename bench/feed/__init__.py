"""The room feed beside socket.io, nchan and a bare loop of writes: one room, a crowd of sockets, events."""
