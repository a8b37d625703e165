"""The kinds of the transfers that are no gifts, as they stand in the ledger for ever."""

TOP_UP = "top-up"  # topups -> user, coins
GRANT = "grant"  # grants -> user, coins
WITHDRAWAL = "withdrawal"  # host -> payouts, diamonds that are held
PAYOUT = "payout"  # payouts -> platform, diamonds that were paid for
DEBT = "debt"  # user -> where a correction should have brought it
CORRECTION = "correction"  # the other way round than the transfer that it names
