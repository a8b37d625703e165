"""Rooms and their broadcasts: who is live, who watches, what a room's program shows, what its people say.

The WebRTC side lives in ``streaming.media``.
"""
