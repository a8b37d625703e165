"""People on the api: accounts and moderation, whom everybody else asks who is who and who may."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from fastapi import FastAPI

import accounts.admin_router
import accounts.profile_router
import accounts.recovery_router
import accounts.relation_router
import accounts.router
import accounts.sign_in_router
import moderation.admin_router
import moderation.router
from accounts.attempts import Attempts
from accounts.emails import Emails
from accounts.password_resets import PasswordResets
from accounts.passwords import Passwords
from accounts.profiles import Profiles
from accounts.ranks import Ranks
from accounts.relation_service import RelationService
from accounts.rules import AccountRules, RelationRules
from accounts.service import Accounts
from accounts.sign_in_service import SignIns
from accounts.standing import Standings
from accounts.standing_keeper import StandingKeeper
from accounts.store_redis import RedisThrottle
from accounts.store_sql import SqlAccounts
from accounts.store_sql_mail_tokens import SqlMailTokens
from accounts.store_sql_relations import SqlRelations
from accounts.store_sql_sign_ins import SqlSignIns
from accounts.stream_keys import StreamKeys
from accounts.tokens import SignedTokens
from gifts.service import GiftService
from moderation import audit
from moderation.sanction_gate import SanctionGate
from moderation.service import Sanctions
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from server.mail import post
from server.process import Resources


@dataclass(frozen=True)
class People:
    accounts: Accounts
    ranks: Ranks
    tokens: SignedTokens
    stream_keys: StreamKeys
    gate: SanctionGate
    sanctions: Sanctions
    relations: SqlRelations
    keeper: StandingKeeper
    sign_ins: SignIns
    resets: PasswordResets
    emails: Emails
    profiles: Profiles


async def people(has: Resources, stack: AsyncExitStack, money: GiftService) -> People:
    """Started; closed when ``stack`` is."""
    assert has.settings.secret_key is not None
    rules = AccountRules()
    store = SqlAccounts(has.database, audit.record)
    standings = Standings(rules.token_life_s * 1000)
    keeper = StandingKeeper(store, SqlSignIns(has.database), standings, has.bus, has.clock)
    await keeper.start()
    stack.push_async_callback(keeper.close)
    passwords = Passwords()
    stack.push_async_callback(passwords.close)
    tokens = SignedTokens(has.settings.secret_key.get_secret_value(), has.clock, standings, life_s=rules.token_life_s)
    kept, cache = SqlModeration(has.database), RedisSanctionCache(has.redis)
    gate = SanctionGate(kept, cache, has.clock)
    ranks = Ranks(store, passwords, keeper, has.clock)
    throttle = RedisThrottle(has.redis)
    mail_tokens, attempts, letters = SqlMailTokens(has.database), Attempts(throttle, has.clock), post(has, stack)
    site = has.settings.site
    sign_ins = SignIns(SqlSignIns(has.database), keeper, has.clock, rules)
    return People(
        Accounts(
            store, throttle, passwords, tokens, keeper, sign_ins, gate, has.clock, rules, welcome=money.grant_starter
        ),
        ranks,
        tokens,
        StreamKeys(store, has.bus, has.clock),
        gate,
        Sanctions(kept, cache, ranks, has.bus, has.clock),
        SqlRelations(has.database),
        keeper,
        sign_ins,
        PasswordResets(store, mail_tokens, attempts, passwords, keeper, letters, site, has.clock, rules),
        Emails(store, mail_tokens, attempts, passwords, letters, site, has.clock, rules),
        Profiles(store, attempts, gate, rules),
    )


def install(app: FastAPI, has: Resources, known: People) -> None:
    """Put the routes of accounts and moderation on ``app``."""
    relations = RelationService(known.relations, RedisThrottle(has.redis), has.clock, RelationRules())
    app.state.tokens = known.tokens
    app.include_router(accounts.router.router(known.accounts, known.stream_keys, known.gate))
    app.include_router(accounts.profile_router.profile_router(known.profiles))
    app.include_router(accounts.sign_in_router.sign_in_router(known.accounts, known.sign_ins))
    app.include_router(accounts.recovery_router.recovery_router(known.resets, known.emails))
    app.include_router(accounts.admin_router.admin_router(known.ranks))
    app.include_router(accounts.relation_router.relation_router(relations))
    app.include_router(moderation.router.router(known.sanctions))
    app.include_router(moderation.admin_router.admin_router(known.sanctions))
