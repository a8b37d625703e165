"""The room feed: what is posted in a room reaches every socket in it, and what people say comes in over the same one.

    post -> offset, history, pub/sub (store_redis.py) -> feed.py -> crowd.py, one a room -> connection.py, one a socket

``tick.py`` merges, ``framing.py`` frames, ``pace.py`` says when and ``slowness.py`` who cannot follow; ``line.py`` is
what all of it needs of a socket, ``teller.py`` how a crowd gets the same bytes: in C (``native/``), else in Python.
``commands.py`` is the way in, ``snapshot.py`` what a newcomer is shown; other domains join by ``streaming.feed_port``.
"""
