"""What it looks like when a store is away, for those who go on without it or wait for it: Redis, SQL, or both."""

from sqlalchemy.exc import SQLAlchemyError

from foundation.redis import RedisAway

StoreAway = (*RedisAway, SQLAlchemyError, TimeoutError)
