"""What can be wrong with a gift.

Refusal
+-- Malformed
|   +-- KeyInvalid              422 idempotency-key-invalid
|   +-- CountInvalid            422 gift-count-invalid
|   +-- GiftToSelf              422 gift-to-self
|   +-- RecipientUnknown        422 recipient-unknown
|   +-- OddsTooGenerous         422 odds-too-generous      (says what would come back on average)
+-- NotFound
|   +-- GiftUnknown             404 gift-unknown
|   +-- LedgerUnverified        404 ledger-unverified      (nobody has looked through the books yet)
+-- Conflict
|   +-- NotLive                 409 not-live
|   +-- GiftNotAvailable        409 gift-not-available     (not yet, no more, or withdrawn)
|   +-- GiftExists              409 gift-exists
|   +-- GiftStale               409 gift-stale             (says which version there is)
|   +-- InsufficientCoins       409 insufficient-coins     (says how many there are and how many it takes)
|   +-- InsufficientFunds       409 insufficient-funds     (of a transfer that is no gift)
|   +-- IdempotencyConflict     409 idempotency-conflict
|   +-- KeyExpired              409 key-expired            (never debits again)
+-- TooMany
|   +-- GiftPace                429 gift-pace
+-- Unavailable
    +-- LedgerAway              503 ledger-away            try again with the same key
"""

from foundation.errors import Conflict, Malformed, NotFound, TooMany, Unavailable


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


class LedgerUnverified(NotFound):
    code, title = "ledger-unverified", "The books have not been looked through yet"


class NotLive(Conflict):
    code, title = "not-live", "The room is not live"


class GiftNotAvailable(Conflict):
    code, title = "gift-not-available", "This gift cannot be sent now"


class GiftExists(Conflict):
    code, title = "gift-exists", "The catalogue has a gift of this id"


class GiftStale(Conflict):
    code, title = "gift-stale", "Somebody else has changed this gift meanwhile"


class OddsTooGenerous(Malformed):
    code, title = "odds-too-generous", "More would come back on average than the gift costs"


class GiftPace(TooMany):
    code, title = "gift-pace", "So much cannot be given in one minute"


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
