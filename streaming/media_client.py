"""Commands to media workers, by internal HTTP: what keepers and the WHIP and WHEP endpoints use."""

from typing import Any
from urllib.parse import quote

from foundation.internal import InternalClient
from streaming.media.answer import AnswerParameters
from streaming.media.layer_choice import LayerChoice
from streaming.media.offer import Offer, Role
from streaming.media.opening import ANSWER, PATH, OpenSession


class MediaClient:
    """`url` is always the worker's internal address. Refusals of the worker are raised as `RemoteRefusal`."""

    def __init__(self, client: InternalClient) -> None:
        self._client = client

    async def open(
        self,
        url: str,
        role: Role,
        room: str,
        track: str,
        user: str,
        offer: Offer,
        *,
        relay_of: str = "",
        credential: str = "",
    ) -> AnswerParameters:
        """`relay_of`: the pipe of the home whose program this worker shall relay to the viewer."""
        said: dict[str, Any] = {"role": role, "room": room, "track": track, "user": user, "offer": offer}
        wanted = OpenSession.model_construct(**said, relay_of=relay_of, credential=credential)  # the worker judges it
        answer = await self._client.call("POST", f"{url}{PATH}", wanted.model_dump_json().encode())
        return ANSWER.validate_python(answer)

    async def session(self, url: str, session: str) -> dict[str, Any]:
        return await self._client.call("GET", f"{url}/internal/sessions/{quote(session)}")

    async def restart_ice(
        self, url: str, session: str, seen_ufrag: str | None, peer_ufrag: str, peer_password: str
    ) -> dict[str, Any]:
        """`ufrag`, our new one, and `fragment`, which tells the peer of it."""
        body = {"seen_ufrag": seen_ufrag, "peer_ufrag": peer_ufrag, "peer_password": peer_password}
        return await self._client.call("POST", f"{url}/internal/sessions/{quote(session)}/ice", body)

    async def choose_layer(self, url: str, session: str, layer: LayerChoice) -> None:
        await self._client.call("PUT", f"{url}/internal/sessions/{quote(session)}/layer", {"layer": layer})

    async def close(self, url: str, session: str) -> None:
        await self._client.call("DELETE", f"{url}/internal/sessions/{quote(session)}")

    async def close_user(self, url: str, user: str) -> None:
        """All sessions of a banned user end now."""
        await self._client.call("DELETE", f"{url}/internal/users/{quote(user)}")

    async def close_guest(self, url: str, room: str, user: str, screen: bool = False) -> None:
        """The user may be on the stage of `room` no more: what he publishes there ends, and what he watches of it.

        `screen`: only what he publishes; it was his screen in his own room.
        """
        path = f"{url}/internal/rooms/{quote(room)}/guests/{quote(user)}"
        await self._client.call("DELETE", f"{path}?screen=true" if screen else path)

    async def close_watcher(self, url: str, room: str, user: str) -> None:
        """What the user watches of the room's cameras ends; its program he may watch on."""
        await self._client.call("DELETE", f"{url}/internal/rooms/{quote(room)}/watchers/{quote(user)}")

    async def close_former_keys(self, url: str, user: str, credential: str) -> None:
        """His stream key has another fingerprint now: what he publishes with a former one ends."""
        await self._client.call(
            "DELETE", f"{url}/internal/users/{quote(user)}/former-keys?credential={quote(credential)}"
        )

    async def close_room(self, url: str, room: str, reason: str = "ended") -> None:
        """`reason`: ended, banned or replaced (by a publisher elsewhere)."""
        await self._client.call("DELETE", f"{url}/internal/rooms/{quote(room)}?reason={reason}")

    async def set_source(self, url: str, room: str, source: str, composite: str = "") -> dict[str, Any]:
        """`source`: camera, composite (of the battle `composite`) or card."""
        body = {"source": source, "composite": composite}
        return await self._client.call("PUT", f"{url}/internal/rooms/{quote(room)}/source", body)

    async def rooms(self, url: str) -> list[dict[str, Any]]:
        """The state of every room of the worker; `streaming.workers.seen` reads it."""
        found: list[dict[str, Any]] = (await self._client.call("GET", f"{url}/internal/rooms"))["rooms"]
        return found
