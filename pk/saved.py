"""PURE: a state as JSON, as it is written into SQL, Redis and internal requests; and the form that it had before."""

from typing import Any

import orjson
from pydantic import TypeAdapter

from pk.state import State

_STATE = TypeAdapter(State)

# A member of the former form only: inside of a JSON string its quotes would be escaped.
_FORMER = b'"host_user"'


def dump(state: State) -> bytes:
    return _STATE.dump_json(state)


def load(payload: bytes | str) -> State:
    """``ValueError`` when it is no state."""
    raw = payload.encode() if isinstance(payload, str) else payload
    return _STATE.validate_python(_of_members(orjson.loads(raw))) if _FORMER in raw else _STATE.validate_json(raw)


def _of_members(former: dict[str, Any]) -> dict[str, Any]:
    """Of the time when a side was one host: who was away, out or gone was told by the side."""
    rooms = {side["side"]: side["room"] for side in former["sides"]}
    return {
        **former,
        "stage": former["battle"],
        "sides": [
            {
                "side": side["side"],
                "members": [
                    {"seat": side["seat"], "room": side["room"], "user": side["host_user"], "name": side["host_name"]}
                ],
            }
            for side in former["sides"]
        ],
        "away": [{"room": rooms[away["side"]], "since_ms": away["since_ms"]} for away in former["away"]],
        "fallen": [{"room": rooms[out["side"]], "reason": out["reason"]} for out in former["out"]],
        "gone": [rooms[side] for side in former["gone"]],
        "mixer_attempt": former["mixer_losses"],
    }
