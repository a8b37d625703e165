"""PURE: what may be tuned in a battle. A battle keeps the rules it was invited under, whatever is configured later."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BattleRules:
    """Durations in milliseconds, scores in coins."""

    invitation_ms: int = 15_000  # how long an invitation may be answered
    invitations_per_minute: int = 10  # how many one room may send
    countdown_ms: int = 3_000  # preparing: from the acceptance to the start
    mixer_grace_ms: int = 3_000  # how long the start waits for a mixer that is not up when the countdown is over
    mixer_restarts: int = 3  # so often a mixer that was lost is started again; then the rooms keep their own cameras
    fight_ms: int = 300_000  # fighting, unless the inviter chose another of ``fights_ms``
    fights_ms: tuple[int, ...] = (60_000, 180_000, 300_000, 600_000)  # what he may choose
    rush_ms: int = 10_000  # the last rush: so long before the end ...
    rush_multiplier: int = 2  # ... a gift counts so many times
    minimum_score: int = 1  # a best score below this wins nothing
    away_ms: int = 60_000  # a host who is lost for so long forfeits
    victory_ms: int = 180_000  # the winner's card and the loser's forfeit, unless the winner ends it
    draw_ms: int = 180_000  # the same for a draw, unless one of the hosts ends it
    alone_ms: int = 10_000  # victory or draw when a broadcast is over: there is nobody left to be on stage with

    def allows(self, fight_ms: int) -> bool:
        return fight_ms == self.fight_ms or fight_ms in self.fights_ms


@dataclass(frozen=True)
class RatingRules:
    """Points of Elo's."""

    start: int = 1500  # of a host who has not battled yet
    k: int = 32  # points at stake: so many more after a win that nobody expected
    scale: int = 400  # who is so many points ahead is expected to win ten times as often as the other


@dataclass(frozen=True)
class MatchRules:
    """Windows in points of rating, durations in milliseconds."""

    window: int = 100  # how far an opponent's rating may be from one's own at first ...
    wider_by: int = 50  # ... and so much further ...
    wider_each_ms: int = 5_000  # ... each time that one has waited for so long
    patience_ms: int = 120_000  # after so long nobody is looked for any more
    most_waiting: int = 300  # hosts on the whole platform: each is looked at with each
