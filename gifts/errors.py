"""What can be wrong with a gift.

Refusal
+-- Malformed
|   +-- KeyInvalid              422 idempotency-key-invalid
|   +-- CountInvalid            422 gift-count-invalid
|   +-- GiftToSelf              422 gift-to-self
|   +-- RecipientUnknown        422 recipient-unknown
+-- NotFound
|   +-- GiftUnknown             404 gift-unknown
+-- Conflict
|   +-- NotLive                 409 not-live
|   +-- InsufficientCoins       409 insufficient-coins     (says how many there are and how many it takes)
|   +-- InsufficientFunds       409 insufficient-funds     (of a transfer that is no gift)
|   +-- IdempotencyConflict     409 idempotency-conflict
|   +-- KeyExpired              409 key-expired            (never debits again)
+-- Unavailable
    +-- LedgerAway              503 ledger-away            try again with the same key
"""

from foundation.errors import Conflict, Malformed, NotFound, Unavailable


class KeyInvalid(Malformed):
    code, title = "idempotency-key-invalid", "An idempotency key of 1 to 128 visible ASCII characters is needed"


class CountInvalid(Malformed):
    code, title = "gift-count-invalid", "That many pieces cannot be sent at once"


class GiftToSelf(Malformed):
    code, title = "gift-to-self", "Nobody sends a gift to himself"


class RecipientUnknown(Malformed):
    code, title = "recipient-unknown", "The recipient is not on the stage of this room"


class GiftUnknown(NotFound):
    code, title = "gift-unknown", "The catalogue has no such gift"


class NotLive(Conflict):
    code, title = "not-live", "The room is not live"


class InsufficientCoins(Conflict):
    code, title = "insufficient-coins", "Not enough coins"


class InsufficientFunds(Conflict):
    code, title = "insufficient-funds", "The account does not have that much"


class IdempotencyConflict(Conflict):
    code, title = "idempotency-conflict", "This idempotency key was used for something else"


class KeyExpired(Conflict):
    code, title = "key-expired", "This idempotency key was used more than a week ago; what it did is in the statement"


class LedgerAway(Unavailable):
    code, title = "ledger-away", "The ledger does not answer; try again with the same idempotency key"
