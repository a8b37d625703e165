"""Any order of anything, at any time, in duels and teams: what holds nevertheless.

``make test`` plays a slice that is always the same; ``python -m tests.pk.orders EXAMPLES [SEED]`` plays as many as one
likes, of 40 events each.
"""

import sys

from hypothesis import HealthCheck, seed, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from foundation.errors import Refusal
from foundation.ids import new_id
from pk.battle import TABLE, Battle, invite
from pk.events import BattleEnded, BattleFact, BattleSettled
from pk.inputs import (
    Accept,
    Cancel,
    Decline,
    Departure,
    End,
    Input,
    MemberLeft,
    MemberLost,
    MemberRemoved,
    MemberReturned,
    MixerDown,
    MixerUp,
    MuteOpponent,
    OperatorEnd,
    Ready,
    Rematch,
    Surrender,
    Tallied,
    TimeUp,
    UnmuteOpponent,
)
from pk.moves.aftermath import next_battle
from pk.rules import BattleRules
from pk.saved import dump, load
from pk.schema import battle_body
from pk.state import Mixer, Phase, Reason, State
from tests.pk.people import NOW, strangers

EVENTS_EACH = 40
FORMS = [(2, 1), (3, 1), (4, 1), (2, 2), (4, 2)]  # sides, members of each
# Short durations, so that deadlines meet and overtake each other.
RULES = BattleRules(
    invitation_ms=100, countdown_ms=30, mixer_grace_ms=20, fight_ms=300, rush_ms=50, away_ms=60, victory_ms=200,
    draw_ms=200, alone_ms=10, minimum_score=2,
)  # fmt: skip
ORDER = list(Phase)
OF_A_USER = [Accept, Decline, Cancel, Ready, Surrender, End, OperatorEnd]
OF_A_ROOM = [MemberLost, MemberReturned, MemberLeft, MemberRemoved]
OF_A_TARGET = [MuteOpponent, UnmuteOpponent]

passing = st.integers(0, 30)
somebody = st.integers(0, 8)


class AnyOrder(RuleBasedStateMachine):
    @initialize(form=st.sampled_from(FORMS), forward=st.integers(0, 4), leads=st.booleans())
    def begin(self, form: tuple[int, int], forward: int, leads: bool) -> None:
        """In any phase: left to chance, few battles would come far."""
        self.now_ms = NOW
        self.sides = strangers(*form)
        self.enter(invite(new_id(), self.sides, RULES, RULES.fight_ms, NOW))
        self.chain = [self.battle.state.battle]
        for _ in range(forward):
            if leads:
                self.somebody_gives(0, 5, 1)
            self.it_goes_on_as_meant(1)

    def enter(self, state: State) -> None:
        self.battle = Battle(state)
        self.seen = [state]
        self.settlements = self.ends = 0
        self.lost: dict[str, int] = {}  # room -> since when
        self.given = {side.side: 0 for side in state.sides}

    def person(self, which: int) -> tuple[str, str]:
        """User and room of somebody on the stage, or of a stranger."""
        members = self.battle.state.members
        which %= len(members) + 1
        return (members[which].user, members[which].room) if which < len(members) else ("stranger", "elsewhere")

    def tell(self, event: Input) -> bool:
        """Whether it was taken."""
        before = self.battle.state
        try:
            facts: list[BattleFact] = self.battle.handle(event, self.now_ms)
        except Refusal:
            assert self.battle.state is before, "a refusal changes nothing"
            return False
        after = self.battle.state
        assert before.phase is not Phase.ENDED or after is before, "the end is the end"
        assert after.version - before.version == (after != before)
        assert bool(facts) == (after != before), "what has changed is told, and nothing else"
        self.settlements += sum(isinstance(fact, BattleSettled) for fact in facts)
        self.ends += sum(isinstance(fact, BattleEnded) for fact in facts)
        self.seen.append(after)
        self.check_falls(before, after)
        return True

    def check_falls(self, before: State, after: State) -> None:
        """Nobody falls for being away before his time, and nobody is waited for longer while others are there."""
        for fallen in after.fallen[len(before.fallen) :]:
            if fallen.reason is Reason.AWAY:
                assert self.lost[fallen.room] + RULES.away_ms <= self.now_ms
        if after.phase is Phase.SETTLING and before.phase is not Phase.SETTLING:
            if after.reason == Reason.BOTH_LOST:
                assert max(self.lost[member.room] for member in after.upright) + RULES.away_ms <= self.now_ms
            elif after.reason not in (Reason.TIME, Reason.OPERATOR):
                assert len(after.standing) == 1
        if after.phase is Phase.FIGHTING and any(member.room not in self.lost for member in after.upright):
            waited = [self.lost[member.room] for member in after.upright if member.room in self.lost]
            assert all(since + RULES.away_ms > self.now_ms for since in waited)

    # What happens

    @rule(kind=st.sampled_from(OF_A_USER), who=somebody, ms=passing)
    def somebody_commands(self, kind: type[Accept], who: int, ms: int) -> None:
        self.now_ms += ms
        self.tell(kind(self.person(who)[0]))

    @rule(kind=st.sampled_from(OF_A_ROOM), who=somebody, ms=passing)
    def somebody_comes_or_goes(self, kind: type[MemberLost | MemberReturned | Departure], who: int, ms: int) -> None:
        self.now_ms += ms
        room = self.person(who)[1]
        if kind is MemberLost and room not in self.lost and self.battle.state.phase is not Phase.ENDED:
            self.lost[room] = self.now_ms
        returned_from = self.lost.pop(room, None) if kind is MemberReturned else None
        if not self.tell(kind(room)) and returned_from is not None:
            self.lost[room] = returned_from

    @rule(who=somebody, others=st.sets(somebody, max_size=3))
    def somebody_stays_away(self, who: int, others: set[int]) -> None:
        """With company, perhaps; and the clock is looked at now and then."""
        for which in (who, *others):
            self.somebody_comes_or_goes(MemberLost, which, 7)
        for _ in range(4):
            self.time_passes(20)

    @rule(kind=st.sampled_from(OF_A_TARGET), who=somebody, whom=st.none() | somebody, ms=passing)
    def somebody_mutes(self, kind: type[MuteOpponent], who: int, whom: int | None, ms: int) -> None:
        self.now_ms += ms
        self.tell(kind(self.person(who)[0], None if whom is None else self.person(whom)[0]))

    @rule(attempt=st.none() | st.integers(0, 5), ms=passing)
    def the_mixer_comes_or_goes(self, attempt: int | None, ms: int) -> None:
        self.now_ms += ms
        self.tell(MixerUp() if attempt is None else MixerDown(attempt))

    @rule(ms=passing)
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms
        self.tell(TimeUp())

    @rule(who=somebody, ms=st.integers(0, 5))
    def somebody_wants_a_rematch(self, who: int, ms: int) -> None:
        self.now_ms += ms
        self.tell(Rematch(self.person(who)[0], new_id()))

    @rule(who=somebody, coins=st.integers(1, 5), ms=st.integers(0, 20))
    def somebody_gives(self, who: int, coins: int, ms: int) -> None:
        """As the ledger does: the stamp decides, whether or not the referee has noticed what time it is."""
        self.now_ms += ms
        state = self.battle.state
        side = state.side_of(self.person(who)[0])
        if state.starts_at_ms is not None and state.ends_at_ms is not None and side is not None:
            fought = state.phase in (Phase.FIGHTING, Phase.SETTLING)
            if fought and state.starts_at_ms <= self.now_ms < state.ends_at_ms:
                self.given[side.side] += coins

    @rule(ms=passing)
    def the_ledger_answers(self, ms: int) -> None:
        self.now_ms += ms
        self.tell(Tallied(tuple(self.given.items())))

    @rule(ms=st.integers(0, 9))
    def it_goes_on_as_meant(self, ms: int) -> None:
        self.now_ms += ms
        state = self.battle.state
        users = [member.user for member in state.members]
        match state.phase:
            case Phase.INVITED:
                events: list[Input] = [Accept(user) for user in users[1:]]
            case Phase.PREPARING:
                events = [MixerUp(), *(Ready(user) for user in users)]
            case Phase.FIGHTING:
                assert state.ends_at_ms is not None
                self.now_ms = max(self.now_ms, state.ends_at_ms)
                events = [TimeUp()]
            case Phase.SETTLING:
                events = [Tallied(tuple(self.given.items()))]
            case Phase.VICTORY | Phase.DRAW:
                events = [Rematch(user, new_id()) for user in users]
            case Phase.ENDED:
                events = []
        for event in events:
            self.tell(event)

    @rule(ms=st.integers(0, 200))
    def the_referee_dies_and_another_goes_on(self, ms: int) -> None:
        """What was saved is all there is: nothing hides in the machine."""
        self.now_ms += ms
        self.battle = Battle(load(dump(self.battle.state)))

    @precondition(lambda self: self.battle.state.successor is not None)
    @rule(ms=passing)
    def the_rematch_begins(self, ms: int) -> None:
        state = self.battle.state
        self.now_ms += ms
        following = next_battle(state, self.now_ms)
        assert (following.stage, following.previous, following.sides) == (state.stage, state.battle, state.sides)
        assert following.phase is Phase.PREPARING and following.result is None
        assert state.mixer is Mixer.GONE or following.mixer is state.mixer, "the mixer runs on"
        self.chain.append(following.battle)
        assert len(set(self.chain)) == len(self.chain)
        self.enter(following)

    # What holds

    @invariant()
    def phases_only_go_forward(self) -> None:
        before, after = self.seen[-2:] if len(self.seen) > 1 else (self.seen[0], self.seen[0])
        assert ORDER.index(after.phase) >= ORDER.index(before.phase)

    @invariant()
    def there_is_one_outcome(self) -> None:
        results = {state.result for state in self.seen if state.result is not None}
        assert len(results) == self.settlements <= 1
        assert self.ends <= 1
        for result in results:
            assert dict(result.scores) == self.given, "the result is the ledger's"

    @invariant()
    def there_is_at_most_one_successor(self) -> None:
        state = self.battle.state
        assert len({each.successor for each in self.seen} - {None}) <= 1
        assert (state.successor is not None) == (state.reason == Reason.REMATCH)
        if state.successor is not None:
            assert set(state.rematch) == {member.user for member in state.members}
            assert state.phase is Phase.ENDED and not state.gone

    @invariant()
    def a_winner_is_standing_and_nobody_better_is(self) -> None:
        state, result = self.battle.state, self.battle.state.result
        if result is None:
            return
        scores = dict(result.scores)
        if result.winner is None:
            assert state.phase in (Phase.DRAW, Phase.ENDED)
        else:
            assert result.winner in state.standing and state.phase in (Phase.VICTORY, Phase.ENDED)
            assert scores[result.winner] == max(scores[side] for side in state.standing)
            assert len(state.standing) == 1 or scores[result.winner] >= RULES.minimum_score

    @invariant()
    def a_fight_has_two_sides_standing(self) -> None:
        state = self.battle.state
        assert state.standing, "somebody is always left"
        if state.phase is Phase.FIGHTING:
            assert len(state.standing) > 1
        fallen = [fallen.room for fallen in state.fallen]
        assert len(set(fallen)) == len(fallen), "nobody falls twice"
        for side in state.sides:
            assert (side.side in state.standing) == any(member.room not in fallen for member in side.members)

    @invariant()
    def time_never_stands_still_before_the_end(self) -> None:
        state = self.battle.state
        waiting = state.phase not in (Phase.SETTLING, Phase.ENDED)
        assert (self.battle.deadline_ms is not None) == waiting
        assert not waiting or (state.phase, TimeUp) in TABLE

    @invariant()
    def a_fight_is_never_longer_than_promised(self) -> None:
        state = self.battle.state
        if state.phase in (Phase.SETTLING, Phase.VICTORY, Phase.DRAW):
            assert state.starts_at_ms is not None and state.ends_at_ms is not None
            assert 0 <= state.ends_at_ms - state.starts_at_ms <= state.fight_ms
            assert state.ends_at_ms <= self.now_ms, "and no gift scores after it"

    @invariant()
    def everybody_has_agreed(self) -> None:
        state = self.battle.state
        if state.public:
            assert {member.user for member in state.members[1:]} <= set(state.accepted)

    @invariant()
    def who_wants_a_rematch_is_there(self) -> None:
        state = self.battle.state
        for user in state.rematch:
            member = state.member_of(user)
            assert member is not None and member.room not in state.gone
            assert member.room not in [away.room for away in state.away]

    @invariant()
    def only_opponents_are_muted(self) -> None:
        state = self.battle.state
        for mute in state.mutes:
            muted, own = state.side_of(mute.user), state.member_in(mute.room)
            assert muted is not None and own is not None and own not in muted.members
        assert len(set(state.mutes)) == len(state.mutes)

    @invariant()
    def everybody_can_be_told(self) -> None:
        body = battle_body(self.battle.state, self.given)
        sides = body["sides"]
        assert isinstance(sides, list) and [side["seat"] for side in sides] == [each.host.seat for each in self.sides]

    def teardown(self) -> None:
        """Left to the clock and the ledger alone, every battle comes to its end."""
        if not hasattr(self, "battle"):
            return
        for _ in range(12):
            self.now_ms += 1_000
            event = Tallied(()) if self.battle.state.phase is Phase.SETTLING else TimeUp()
            self.battle.handle(event, self.now_ms)
            if self.battle.state.phase is Phase.ENDED:
                return
        raise AssertionError(f"still {self.battle.state.phase}")


def play(examples: int, number: int | None = None) -> None:
    """So many orders: the same ones always, or those of the seed ``number``."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=EVENTS_EACH,
        deadline=None,
        database=None,
        derandomize=number is None,
        phases=[Stage.generate, Stage.shrink],
        suppress_health_check=list(HealthCheck),
    )
    if number is not None:
        seed(number)(AnyOrder)
    run_state_machine_as_test(AnyOrder, settings=chosen)


if __name__ == "__main__":
    play(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
    print(f"{sys.argv[1]} orders of up to {EVENTS_EACH} events: every invariant holds")
