"""From a gift's commit to the score on a viewer's socket, in a real battle of two hosts with its mixer."""

import secrets

from bench.forward.child import child
from bench.gifts.api import checked, score_delays_ms
from bench.gifts.books import folder_on_disk
from bench.gifts.hall import purses, tokens
from bench.proof.fight import begin
from bench.proof.stage import stage
from foundation.ids import new_id

FIGHT_MS = 40_000
SECONDS = 20.0
PER_S = 500
SENDERS = 100
BEGIN_S = 30.0


async def delays() -> list[float]:
    """Milliseconds of each gift, sorted: ``PER_S`` a second over HTTP in both rooms, heard in the blue room."""
    secret = secrets.token_urlsafe(48)
    more = {"SECRET_KEY": secret, "GIFTS_PER_MINUTE": "0", "COINS_PER_MINUTE": "0"}
    with folder_on_disk() as folder:
        async with stage(folder, FIGHT_MS, **more) as on, child("bench.gifts.crowd", folder / "crowd.log") as crowd:
            users = [new_id() for _ in range(SENDERS)]
            await purses(on.place, users)
            places = [(on.rooms[n % 2], token) for n, token in enumerate(tokens(secret, users))]
            battle = await begin(on)
            await on.ears[0].hears("battle.started", battle, BEGIN_S)
            spacing_s = SENDERS / PER_S
            sent = checked(
                await crowd.ask("http", address=on.place.address, places=places, seconds=SECONDS, spacing_s=spacing_s)
            )
            await on.ears[1].hears("battle.settled", battle, FIGHT_MS / 1000)
            told = [each for each in on.ears[1].of(battle) if each.type in ("battle.score", "battle.settled")]
            shown = [(each.at_s, {side["side"]: side["score"] for side in each.body["sides"]}) for each in told]
    assert sent["per_s"] > 0.95 * PER_S, f"only {sent['per_s']:.0f} a second"
    return sorted(score_delays_ms([tuple(each) for each in sent["accepted"]], shown))
