"""PURE. SDP fragments of trickle ICE (RFC 8840, section 9), as WHIP and WHEP sessions take and give them by PATCH."""

import re
from dataclasses import dataclass

from streaming.media.answer import AnswerParameters, candidates
from streaming.media.errors import FragmentMalformed
from streaming.media.offer import Offer

FRAGMENT_BYTES_MAX = 16 * 1024

_LINE = re.compile(r"[a-z]=[^\0\r\n]+")
_CREDENTIAL = re.compile(r"a=ice-(ufrag|pwd):([A-Za-z0-9+/=_-]{4,256})")
_PASSWORD_LEAST = 22


@dataclass(frozen=True)
class Fragment:
    """What a peer says of his ICE session. His candidates are not kept: we are ICE-lite and learn from his checks."""

    ufrag: str | None
    password: str | None


def read_fragment(body: bytes) -> Fragment:
    """The credentials in a fragment, if it has any; FragmentMalformed if it is none, or contradicts itself."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise FragmentMalformed("not UTF-8") from error
    found: dict[str, set[str]] = {"ufrag": set(), "pwd": set()}
    for line in re.split(r"\r?\n", text.strip("\r\n")) if text else ():
        if not _LINE.fullmatch(line):
            raise FragmentMalformed(f"not a line of SDP: {line[:40]!r}")
        if line.startswith(("a=ice-ufrag:", "a=ice-pwd:")):
            credential = _CREDENTIAL.fullmatch(line)
            if credential is None:
                raise FragmentMalformed(f"not a usable credential: {line[:40]!r}")
            found[credential[1]].add(credential[2])
    # Bundled media share one ICE session, however many sections there are.
    if len(found["ufrag"]) > 1 or len(found["pwd"]) > 1 or len(found["ufrag"]) != len(found["pwd"]):
        raise FragmentMalformed("a fragment has one ice-ufrag and one ice-pwd, or neither")
    ufrag, password = next(iter(found["ufrag"]), None), next(iter(found["pwd"]), None)
    if password is not None and len(password) < _PASSWORD_LEAST:
        raise FragmentMalformed("the ice-pwd is too short")
    return Fragment(ufrag, password)


def write_fragment(offer: Offer, parameters: AnswerParameters) -> str:
    """Our side of an ICE session after a restart (RFC 9725, section 4.3.3): the section that carries the bundle."""
    first = offer.tracks[0]
    lines = [
        "a=ice-lite",
        "a=group:BUNDLE " + " ".join(track.mid for track in offer.tracks),
        f"m={first.kind} {parameters.port} UDP/TLS/RTP/SAVPF {first.payload_type}",
        f"a=mid:{first.mid}",
        f"a=ice-ufrag:{parameters.ufrag}",
        f"a=ice-pwd:{parameters.password}",
        *candidates(parameters),
        "a=end-of-candidates",
    ]
    return "\r\n".join(lines) + "\r\n"
