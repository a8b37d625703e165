"""Every table of the platform on one metadata: imported by migrations and tests."""

import importlib
import importlib.util

import foundation.lease

# Named as text, so that a table is never forgotten by an import that a tool found unused.
MODULES = (
    "accounts.store_sql",
    "accounts.store_sql_mail_tokens",
    "accounts.store_sql_relations",
    "accounts.store_sql_sign_ins",
    "moderation.store_sql",
    "streaming.store_sql",
    "streaming.chat.store_sql",
    "gifts.store_sql",
    "gifts.money.tables",
    "gifts.tables_play",
    "pk.store_sql",
    "pk.store_sql_settings",
)
EVERY = [foundation.lease] + [importlib.import_module(name) for name in MODULES if importlib.util.find_spec(name)]
