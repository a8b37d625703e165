"""Settings of the gifts, given to constructors; ``server`` fills them in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GiftSettings:
    share_bp: int = 5000  # the host's share of the coins in basis points, paid in diamonds
    starter_coins: int = 10_000  # a new user's demo coins; 0: none
    max_count: int = 999  # pieces in one gift
    banner_coins: int = 5000  # a gift of so many coins is told to all live rooms; 0: none is
    banner_every_ms: int = 1000  # one at most in this time
    patrons_every_ms: int = 2000  # who has given most is told at most once in this time

    batch_gifts: int = 2048  # most gifts in one transaction
    linger_ms: int = 2  # a batch waits so long for company; 0: none
    waiting_gifts: int = 8192  # most gifts that wait for the ledger; more are refused with 503
    answer_s: float = 1.5  # who waited longer is told 503, within 2 s; his gift may be committed, the same key tells

    relay_batch: int = 256  # most gifts that the relay takes from the outbox at once
    relay_poll_s: float = 0.5  # it looks so often when no doorbell rings
    relay_retry_s: float = 0.2  # after a failure of Redis or SQL
    combo_ms: int = 5000  # the next piece of a combo comes within this time
    combo_grace_ms: int = 300  # a stamp may be so old when its gift is committed: a combo is ended so much later

    def __post_init__(self) -> None:
        assert 0 <= self.share_bp <= 10_000
        assert 0 <= self.linger_ms <= 5
