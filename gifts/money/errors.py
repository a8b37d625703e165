"""What can be wrong with money that comes in, goes out or is set right.

Refusal
+-- Malformed
|   +-- PackageUnknown          422 package-unknown
|   +-- WithdrawalTooSmall      422 withdrawal-too-small        (says the least)
|   +-- GrantTooLarge           422 grant-too-large             (says the most)
+-- Forbidden
|   +-- WebhookForged           403 webhook-signature-invalid
|   +-- WebhookTooOld           403 webhook-too-old
|   +-- OwnWithdrawal           403 own-withdrawal
|   +-- OwnGrant                403 own-grant
|   +-- OwnPurchase             403 own-purchase
+-- NotFound
|   +-- ProviderUnknown         404 payment-provider-unknown
|   +-- PurchaseUnknown         404 purchase-unknown
|   +-- WithdrawalUnknown       404 withdrawal-unknown
|   +-- GrantUnknown            404 coin-grant-unknown
|   +-- TransferUnknown         404 transfer-unknown
|   +-- DebtUnknown             404 debt-unknown
|   +-- GiftNotSent             404 gift-not-sent
+-- Conflict
|   +-- DecidedAlready          409 decided-already             (says the state)
|   +-- CorrectedAlready        409 corrected-already
|   +-- NotCorrectable          409 not-correctable             (says the kind)
|   +-- GrantsExhausted         409 grants-exhausted            (says how many are left)
|   +-- DebtOpen                409 debt-open                   (says how much is owed)
|   +-- DebtPaid                409 debt-paid
+-- Unavailable
    +-- ProviderAway            503 payment-provider-away       try again with the same key
"""

from foundation.errors import Conflict, Forbidden, Malformed, NotFound, Unavailable


class PackageUnknown(Malformed):
    code, title = "package-unknown", "There is no such package of coins"


class WithdrawalTooSmall(Malformed):
    code, title = "withdrawal-too-small", "Fewer diamonds than can be paid out"


class GrantTooLarge(Malformed):
    code, title = "grant-too-large", "More coins than one grant may have"


class WebhookForged(Forbidden):
    code, title = "webhook-signature-invalid", "The signature is not the provider's"


class WebhookTooOld(Forbidden):
    code, title = "webhook-too-old", "Signed too long ago, or in the future"


class OwnWithdrawal(Forbidden):
    code, title = "own-withdrawal", "Nobody decides on his own withdrawal"


class OwnGrant(Forbidden):
    code, title = "own-grant", "A grant needs a second operator: neither who asked for it nor who gets it"


class OwnPurchase(Forbidden):
    code, title = "own-purchase", "A held payment is credited by two operators, and nothing is decided by its buyer"


class ProviderUnknown(NotFound):
    code, title = "payment-provider-unknown", "There is no such payment provider here"


class PurchaseUnknown(NotFound):
    code, title = "purchase-unknown", "There is no such purchase"


class WithdrawalUnknown(NotFound):
    code, title = "withdrawal-unknown", "There is no such withdrawal"


class GrantUnknown(NotFound):
    code, title = "coin-grant-unknown", "There is no such grant of coins"


class TransferUnknown(NotFound):
    code, title = "transfer-unknown", "The ledger has no such transfer"


class DebtUnknown(NotFound):
    code, title = "debt-unknown", "There is no such debt"


class GiftNotSent(NotFound):
    code, title = "gift-not-sent", "The ledger has no such gift"


class DecidedAlready(Conflict):
    code, title = "decided-already", "Not possible in this state"


class CorrectedAlready(Conflict):
    code, title = "corrected-already", "It was taken back before"


class NotCorrectable(Conflict):
    code, title = "not-correctable", "Transfers of this kind are set right in another way"


class GrantsExhausted(Conflict):
    code, title = "grants-exhausted", "More coins than one operator may ask for in a day"


class DebtOpen(Conflict):
    code, title = "debt-open", "Nothing is paid out to who still owes diamonds"


class DebtPaid(Conflict):
    code, title = "debt-paid", "Nothing is left of this debt"


class ProviderAway(Unavailable):
    code, title = "payment-provider-away", "The payment provider does not answer; try again with the same key"
