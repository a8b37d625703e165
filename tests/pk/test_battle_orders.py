"""Any order of anything, at any time: what holds nevertheless."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from foundation.errors import Refusal
from pk.battle import TABLE, Battle
from pk.events import BattleFact, BattleSettled
from pk.inputs import (
    Accept,
    Cancel,
    Decline,
    End,
    Input,
    MemberLeft,
    MemberLost,
    MemberRemoved,
    MemberReturned,
    MixerDown,
    MixerUp,
    OperatorEnd,
    Surrender,
    Tallied,
    TimeUp,
)
from pk.rules import BattleRules
from pk.saved import dump, load
from pk.state import Phase, State
from tests.pk.people import ANNA, BELA, CLEO, NOW, invited

users = st.sampled_from([ANNA.host.user, BELA.host.user, CLEO.host.user, "stranger"])
sides = st.sampled_from(["red", "blue", "green"])
scores = st.integers(0, 3)
inputs: st.SearchStrategy[Input] = st.one_of(
    st.builds(Accept, users),
    st.builds(Decline, users),
    st.builds(Cancel, users),
    st.builds(Surrender, users),
    st.builds(End, users),
    st.builds(OperatorEnd, st.just("ops")),
    st.builds(MemberLost, sides),
    st.builds(MemberReturned, sides),
    st.builds(MemberLeft, sides),
    st.builds(MemberRemoved, sides),
    st.builds(MixerUp),
    st.builds(MixerDown, st.integers(0, 4)),
    st.builds(
        lambda red, blue, green: Tallied((("red", red), ("blue", blue), ("green", green))), scores, scores, scores
    ),
    st.builds(TimeUp),
)
# Short durations, so that deadlines meet and overtake each other.
RULES = BattleRules(
    invitation_ms=40, countdown_ms=10, mixer_grace_ms=10, fight_ms=100, rush_ms=30, away_ms=50, victory_ms=40,
    draw_ms=40, alone_ms=10, minimum_score=2,
)  # fmt: skip
ORDER = list(Phase)


class AnyOrder(RuleBasedStateMachine):
    @initialize(three=st.booleans())
    def begin(self, three: bool) -> None:
        self.now_ms = NOW
        self.battle = invited(RULES, (ANNA, BELA, CLEO) if three else (ANNA, BELA))
        self.settlements = 0
        self.seen: list[State] = [self.battle.state]

    @rule(event=inputs, passing=st.integers(0, 60))
    def happens(self, event: Input, passing: int) -> None:
        self.now_ms += passing
        before = self.battle.state
        try:
            facts: list[BattleFact] = self.battle.handle(event, self.now_ms)
        except Refusal:
            assert self.battle.state is before, "a refusal changes nothing"
            return
        after = self.battle.state
        self.settlements += sum(isinstance(fact, BattleSettled) for fact in facts)
        assert after.version - before.version in (0, 1)
        assert (after == before) == (after.version == before.version)
        assert not facts or after != before, "nothing is told that did not happen"
        self.seen.append(after)

    @rule(passing=st.integers(0, 200))
    def the_shell_dies_and_another_goes_on(self, passing: int) -> None:
        """What was saved is all there is: nothing hides in the machine."""
        self.now_ms += passing
        self.battle = Battle(load(dump(self.battle.state)))

    @invariant()
    def phases_only_go_forward(self) -> None:
        before, after = self.seen[-2:] if len(self.seen) > 1 else (self.seen[0], self.seen[0])
        assert ORDER.index(after.phase) >= ORDER.index(before.phase)
        if before.phase is Phase.ENDED:
            assert after == before, "the end is the end"

    @invariant()
    def there_is_one_outcome(self) -> None:
        assert self.settlements <= 1
        results = {state.result for state in self.seen if state.result is not None}
        assert len(results) <= 1
        if results:
            assert self.settlements == 1

    @invariant()
    def a_winner_is_standing(self) -> None:
        state = self.battle.state
        if state.result is not None and state.result.winner is not None:
            assert state.result.winner in state.standing
            assert (state.phase is Phase.DRAW) is False

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

    def teardown(self) -> None:
        """Left to the clock and the ledger alone, every battle comes to its end."""
        if not hasattr(self, "battle"):
            return
        for _ in range(6):
            self.now_ms += 1_000
            event = Tallied(()) if self.battle.state.phase is Phase.SETTLING else TimeUp()
            self.battle.handle(event, self.now_ms)
            if self.battle.state.phase is Phase.ENDED:
                return
        raise AssertionError(f"still {self.battle.state.phase}")


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=100, stateful_step_count=30, deadline=None, database=None)
