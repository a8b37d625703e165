"""The room feed: what is posted in a room reaches every socket in it, and what people say comes in over the same one.

    post -> offset, history, pub/sub (store_redis.py) -> tick.py merges -> feed.py -> connection.py, one a socket

``commands.py`` is the way in, ``snapshot.py`` what a newcomer is shown; other domains join by ``streaming.feed_port``.
"""
