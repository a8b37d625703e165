"""PURE: the countdown, and the mixer, which is started in it and may be lost and started again later."""

from dataclasses import replace

from pk.events import BattleEnded, BattleStarted
from pk.inputs import Departure, MixerDown, MixerUp, OperatorEnd, Ready, TimeUp
from pk.moves.step import Step, enter, fact, only
from pk.state import Mixer, Phase, Reason, State


def ready(state: State, event: Ready, now_ms: int) -> Step:
    only(event.user, state.members)
    if event.user in state.ready:
        return state, []
    return _start_if_all_are_ready(replace(state, ready=(*state.ready, event.user)), now_ms)


def countdown_over(state: State, event: TimeUp, now_ms: int) -> Step:
    return _start(state, now_ms) if state.mixer is Mixer.UP else call_off(state, event, now_ms)


def call_off(state: State, event: TimeUp | MixerDown | Departure | OperatorEnd, now_ms: int) -> Step:
    match event:
        case OperatorEnd():
            after = enter(state, Phase.ENDED, None, Reason.OPERATOR, event.user)
        case TimeUp() | MixerDown():
            after = enter(state, Phase.ENDED, None, Reason.MIXER_UNAVAILABLE)
        case _:
            after = enter(state, Phase.ENDED, None, Reason.HOST_LEFT)
    return after, [fact(BattleEnded, after, now_ms)]


def mixer_up(state: State, event: MixerUp, now_ms: int) -> Step:
    if state.mixer is Mixer.GONE:
        return state, []
    after = replace(state, mixer=Mixer.UP)
    return _start_if_all_are_ready(after, now_ms) if state.phase is Phase.PREPARING else (after, [])


def mixer_down(state: State, event: MixerDown, now_ms: int) -> Step:
    if event.attempt != state.mixer_attempt or state.mixer is Mixer.GONE:  # an attempt that was given up before
        return state, []
    losses = state.mixer_losses + 1
    mixer = Mixer.GONE if losses > state.rules.mixer_restarts else Mixer.STARTING
    after = replace(state, mixer=mixer, mixer_losses=losses, mixer_attempt=state.mixer_attempt + 1)
    if mixer is Mixer.GONE and state.phase is Phase.PREPARING:
        return call_off(after, event, now_ms)
    return after, []


def _start_if_all_are_ready(state: State, now_ms: int) -> Step:
    if state.mixer is Mixer.UP and len(state.ready) == len(state.members):
        return _start(state, now_ms)
    return state, []


def _start(state: State, now_ms: int) -> Step:
    ends = now_ms + state.fight_ms
    after = replace(enter(state, Phase.FIGHTING, ends), starts_at_ms=now_ms, ends_at_ms=ends)
    assert after.rush_from_ms is not None
    return after, [fact(BattleStarted, after, now_ms, ends_at_ms=ends, rush_from_ms=after.rush_from_ms)]
