"""``make bench-forward``: what forwarding costs, ours beside what people would use instead, on the same input.

The server side runs on core 0, the load (``load``, ``host``) on core 1, all traffic on loopback. One recorded input
(``recording``) for every contestant (``ours``, ``stock``, ``janus``); cost is the server process's user and system time
by packets sent (``cost``); a run in which viewers lost more than one packet in a thousand is void, not a figure.
"""
