"""Money in and out, and what people and ops read of it. Everything that moves is a transfer of the ledger.

    top-up       package -> purchase -> payment provider -> webhook (signed, once) -> coins from ``topups``
    gift         see ``gifts``
    withdrawal   diamonds to ``payouts`` at once (held) -> approved -> paid (to ``platform``) | rejected (given back)
    grant        asked for by one admin, given by another
    correction   new transfers that name the old ones, as far as the balance carries; the rest is a debt -> collected

Read ``purchase.py`` (what a word of the provider does to a purchase, pure) and ``taking_back.py`` (what can be taken
back, pure) first. Rows of purchases, withdrawals and grants have a state; transfers, events, corrections and debts only
grow.
"""
