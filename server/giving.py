"""Gifts on the api: the service with its catalogue and its limits, and the routes around it."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

import gifts.admin_router
import gifts.catalogue_admin_router
import gifts.fans_router
import gifts.router
from gifts.catalogue_keeper import CatalogueKeeper
from gifts.catalogue_service import CatalogueOffice
from gifts.metrics import GiftMetrics
from gifts.pace import GiftPacer, Limits
from gifts.patrons import Patrons, PatronsPart
from gifts.service import GiftService
from gifts.settings import GiftSettings
from gifts.snapshot import CombosPart, GiftsPart
from gifts.store_redis import RedisBoard
from gifts.store_redis_pace import RedisPace
from gifts.store_redis_patrons import RedisPatronCopies
from gifts.store_redis_reports import RedisReports
from gifts.store_sql_catalogue import SqlCatalogue
from gifts.totals import SqlTotals
from server.at_hand import AtHand
from server.process import Resources


@dataclass(frozen=True)
class Giving:
    service: GiftService
    office: CatalogueOffice
    snapshot: tuple[GiftsPart, CombosPart, PatronsPart]


async def giving(has: Resources, stack: AsyncExitStack, at_hand: AtHand, registry: CollectorRegistry) -> Giving:
    """Started; closed when ``stack`` is."""
    store = SqlCatalogue(has.database)
    shelf = CatalogueKeeper(store, has.bus, has.clock)
    await shelf.start()
    stack.push_async_callback(shelf.close)
    limits = Limits(has.settings.gifts_per_minute, has.settings.coins_per_minute)
    pacer = GiftPacer(RedisPace(has.redis), has.clock, limits)
    pacer.start()
    stack.push_async_callback(pacer.close)
    settings = GiftSettings(starter_coins=has.settings.starter_coins)
    metrics = GiftMetrics(registry)
    service = GiftService(has.database, has.clock, has.bus, at_hand, at_hand, settings, shelf, pacer, metrics)
    await service.start()
    stack.push_async_callback(service.close)
    board = RedisBoard(has.redis, settings.combo_ms)
    patrons = Patrons(SqlTotals(has.database), RedisPatronCopies(has.redis), has.clock)
    shown = (GiftsPart(board), CombosPart(board, shelf), PatronsPart(patrons))
    return Giving(service, CatalogueOffice(store, shelf, has.clock), shown)


def install(app: FastAPI, has: Resources, given: Giving) -> None:
    """Put the routes of gifts on ``app``."""
    app.include_router(gifts.router.router(given.service))
    app.include_router(gifts.fans_router.router(SqlTotals(has.database), has.clock))
    app.include_router(gifts.admin_router.admin_router(RedisReports(has.redis), has.bus, has.clock))
    app.include_router(gifts.catalogue_admin_router.admin_router(given.office))
