"""Random match: hosts who wait to meet anybody of their strength.

Read ``pairing.py`` (who meets whom, pure), then ``matchmaker.py`` (the one owner who brings them together). Where they
wait is in ``queue.py``, what people may ask for in ``service.py``.
"""
