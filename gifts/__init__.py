"""Gifts and the money behind them: catalogue, double-entry ledger, sending, and the road from a gift to a score.

    client -> service (may he?) -> committer (batches) -> ledger (decides, one transaction, durable) -> answer
                                                             |  outbox
    every socket <- feed <- relay (one owner) <- ------------+
                              `-> board in Redis: score, contributors, combo

The ledger in SQL is the truth; the board is a copy for the eye and is rebuilt from the ledger when it is lost.
"""
