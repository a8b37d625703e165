"""The public app, whole."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI

from foundation.sql import Database
from server.api import compose
from server.process import resources
from server.settings import Settings


@pytest.fixture
async def app(valkey_url: str, database: Database, tmp_path: Path) -> FastAPI:
    """The public app with every route on it; what was started for it has been stopped again."""
    settings = Settings(
        redis_url=valkey_url,
        database_url=str(database.engine.url),
        data_dir=tmp_path,
        secret_key="s" * 48,
        internal_token="t" * 32,
    )
    async with resources(settings, "docs") as has, AsyncExitStack() as stack:
        return await compose(has, stack)
