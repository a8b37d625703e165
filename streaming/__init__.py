"""Rooms and their broadcasts: who is live, who watches, what a room's program shows, what its people say.

    camera's first picture -> starting -> live <-> reconnecting -> ended        broadcast.py, owned by keeper.py
    ended or banned > battle composite > guest composite > camera > card        source.py, what a program shows
    post -> offset, history, pub/sub -> tick -> one text -> every socket        feed/, one WebSocket a viewer

The desk of ``control`` sees to it that each broadcast has one keeper; the WebRTC side lives in ``streaming.media``.
"""
