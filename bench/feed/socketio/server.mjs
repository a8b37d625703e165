// socket.io as its handbook sets it up for many sockets that only listen: WebSocket alone, no compression, nothing kept of
// a handshake's request. What is posted to /event is said to the room. The first line on standard output is the port.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const ROOM = 'room';

const http = createServer((request, response) => {
  const read = [];
  request.on('data', (chunk) => read.push(chunk));
  request.on('end', () => {
    io.to(ROOM).emit('event', JSON.parse(Buffer.concat(read).toString()));
    response.writeHead(200, { 'Content-Length': 0 });
    response.end();
  });
});
http.keepAliveTimeout = 0;

const io = new Server(http, {
  transports: ['websocket'],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
});
io.engine.on('connection', (raw) => {
  raw.request = null;
});
io.on('connection', (socket) => {
  socket.join(ROOM);
});

http.listen(0, '127.0.0.1', 4096, () => console.log(http.address().port));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
