"""The media plane: WebRTC in from hosts, WebRTC out to viewers, encoded frames to and from media jobs; nothing decoded.

port      one UDP socket: ICE-lite, RFC 7983 demultiplexing          session   one peer: handshake, liveness
handshake DTLS, without a socket and without a task                  ingest    a publisher's packets and feedback
dtls_seam SRTP; the only file that touches private names of pylibsrtp
source    camera, composite or card: packets and their GOP           track     one RTP space per kind, many viewers
room      which source the program shows now                        worker    the process: sessions, rooms, ticks
"""
