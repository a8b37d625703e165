"""Gifts and the money behind them: catalogue, double-entry ledger, sending, and the road from a gift to a score."""
