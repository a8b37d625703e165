"""The host settings over HTTP: everybody sees and changes his own."""

from fastapi import APIRouter

from accounts.pace import Pace
from accounts.principal import Signed
from pk.host_settings import Hosts, HostSettings, HostSettingsStore
from pk.schema import Strict


class SettingsBody(Strict):
    invitations: Hosts
    auto_accept: Hosts

    @classmethod
    def of(cls, settings: HostSettings) -> "SettingsBody":
        return cls(invitations=settings.invitations, auto_accept=settings.auto_accept)


def settings_router(store: HostSettingsStore, pace: Pace) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/me", tags=["battles"])

    @routes.get("/battle-settings")
    async def chosen(principal: Signed) -> SettingsBody:
        return SettingsBody.of(await store.of(principal.user_id))

    @routes.put("/battle-settings")
    async def choose(body: SettingsBody, principal: Signed) -> SettingsBody:
        """In force from the next invitation on."""
        await pace.take(principal.user_id)
        settings = HostSettings(body.invitations, body.auto_accept)
        await store.put(principal.user_id, settings)
        return SettingsBody.of(settings)

    return routes
