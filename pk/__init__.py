"""PK battles: hosts, live in their own rooms, meet in one picture, and their audiences' gifts decide who wins.

    invited --accept--> preparing --3 s, mixer up--> fighting --time, surrender, forfeit--> settling --ledger's sum--+
       |                    |                                                                                        |
       | decline, cancel,   | no mixer, host gone                  ended <--time, winner, ops-- victory | draw <-----+
       +-------> ended <----+                    preparing (the next battle, on the same stage) <--all want a rematch--+

Read ``battle.py`` (the game, pure; its moves are in ``moves/``), then ``referee.py`` (drives one battle) and
``office.py`` (employs the referees).
"""
