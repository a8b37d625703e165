"""Tables that only grow: triggers that refuse UPDATE and DELETE, on SQLite and on PostgreSQL."""

from collections.abc import Iterable

from sqlalchemy import DDL, Table, event

_POSTGRES_FUNCTION = """\
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = 'restrict_violation';
END
$$"""


def statements(dialect: str, tables: Iterable[str]) -> list[str]:
    """The DDL that makes ``tables`` append-only, one statement each, for ``dialect`` (``sqlite`` or ``postgresql``).

    Without colons and per cent signs, so that it may go through ``text`` and ``DDL`` unescaped.
    """
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for table in tables
            for act in ("UPDATE", "DELETE")
        ]
    assert dialect == "postgresql"
    made = [_POSTGRES_FUNCTION]
    for table in tables:
        for act, scope in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            made.append(
                f"CREATE TRIGGER {table}_refuses_{act.split()[0].lower()} BEFORE {act} ON {table} "
                f"FOR EACH {scope} EXECUTE FUNCTION refuse_change()"
            )
    return made


def attach(*tables: Table) -> None:
    """Let ``metadata.create_all`` make the triggers together with ``tables``."""
    for table in tables:
        for dialect in ("sqlite", "postgresql"):
            for statement in statements(dialect, [table.name]):
                trigger = DDL(statement)  # type: ignore[no-untyped-call]
                event.listen(table, "after_create", trigger.execute_if(dialect=dialect))
