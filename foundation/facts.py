"""Facts: what has happened, as frozen dataclasses in the past participle, and their form on the wire (JSON)."""

import dataclasses
import types
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson


class Fact:
    """A thing that happened. Subclasses are frozen dataclasses with a ``topic`` (``domain.what_happened``)."""

    topic: ClassVar[str]


F = TypeVar("F", bound=Fact)


def encode(fact: Fact) -> bytes:
    return orjson.dumps(fact)


def decode(kind: type[F], payload: bytes) -> F:
    """The fact of class ``kind`` in ``payload``. Unknown members are ignored, so a newer sender does no harm."""
    built = _build(kind, orjson.loads(payload))
    assert isinstance(built, kind)
    return built


def _build(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        known = {field.name for field in dataclasses.fields(kind)}
        return kind(**{name: _build(hints[name], item) for name, item in value.items() if name in known})
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and value is not None:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_build(arguments[0], item) for item in value)
        return tuple(_build(inner, item) for inner, item in zip(arguments, value, strict=True))
    if origin in (Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not types.NoneType]
        return None if value is None else _build(inner[0], value)
    return value
