"""The mixer: a media job that makes one picture and one sound of 1 to 9 hosts, for the rooms of all of them.

Its clock never waits for a source. Each source is read and decoded in a thread of its own; the picture's clock takes
the newest picture of each (``picture``), pastes them (``canvas``) where ``layout`` says and encodes once (``encoder``);
the sound's clock, apart from it, mixes 20 ms at a time (``sound``). ``timing`` keeps lips and voice together.
Commanded as a job of kind ``mixer`` (``pk.mixer.job:run``); nobody in pk imports this package.
"""
