"""The test provider's signature: nobody else's word is taken, and none twice after five minutes."""

from collections.abc import Callable

import pytest

from foundation.errors import Malformed
from gifts.money.errors import WebhookForged, WebhookTooOld
from gifts.money.purchase import PaymentEvent, PaymentKind
from gifts.money.test_provider import BELIEVED_MS, SIGNATURE, TestProvider

NOW = 1_700_000_000_000
EVENT = PaymentEvent("e", PaymentKind.PAID, "p", 499, "EUR")
PROVIDER = TestProvider(b"secret")


def test_what_it_has_signed_is_its_word() -> None:
    assert PROVIDER.verify(*PROVIDER.signed(EVENT, NOW), NOW) == EVENT


@pytest.mark.parametrize("late", [-BELIEVED_MS - 1, BELIEVED_MS + 1])
def test_what_was_signed_long_ago_or_in_the_future_is_refused(late: int) -> None:
    headers, body = PROVIDER.signed(EVENT, NOW)
    with pytest.raises(WebhookTooOld):
        PROVIDER.verify(headers, body, NOW + late)
    PROVIDER.verify(headers, body, NOW + late - (1 if late > 0 else -1))


FORGERIES: list[Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]]] = [
    lambda headers, body: ({}, body),
    lambda headers, body: (headers, body + b" "),
    lambda headers, body: (headers, body.replace(b"499", b"498")),
    lambda headers, body: ({SIGNATURE: headers[SIGNATURE].replace(f"t={NOW}", f"t={NOW + 1}")}, body),
    lambda headers, body: ({SIGNATURE: headers[SIGNATURE][:-1]}, body),
    lambda headers, body: ({SIGNATURE: headers[SIGNATURE] + ",v1=" + "0" * 64}, body),
    lambda headers, body: TestProvider(b"another").signed(EVENT, NOW),
]


@pytest.mark.parametrize("forge", FORGERIES, ids=[str(number) for number in range(len(FORGERIES))])
def test_what_was_changed_or_signed_by_another_is_refused(
    forge: Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]],
) -> None:
    with pytest.raises(WebhookForged):
        PROVIDER.verify(*forge(*PROVIDER.signed(EVENT, NOW)), NOW)


@pytest.mark.parametrize("amount", [-1, 2**60])
def test_a_signed_body_of_another_form_is_malformed(amount: int) -> None:
    headers, body = PROVIDER.signed(EVENT, NOW)
    wrong = body.replace(b"499", str(amount).encode())
    headers = {SIGNATURE: f"t={NOW},v1={PROVIDER._signature(str(NOW), wrong)}"}
    with pytest.raises(Malformed):
        PROVIDER.verify(headers, wrong, NOW)
