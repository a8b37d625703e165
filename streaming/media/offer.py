"""PURE. An SDP offer, reduced to what a media session needs; every way in which an offer can be wrong is a typed 4xx.

aiortc's parser raises six kinds of exceptions on mutated offers; whatever it raises is `OfferMalformed` here. What is
kept is checked against narrow patterns, because some of it is written into our answer again.
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import H264Profile, MediaDescription, SessionDescription, grouplines, parse_h264_profile_level_id

from streaming.media.errors import CodecUnsupported, OfferMalformed, OfferTooLarge, OfferUnsupported
from streaming.media.simulcast import read_layers
from streaming.media.wire import capture_time, stream_id, transport_cc

OFFER_BYTES_MAX = 64 * 1024
SECTIONS_MAX = 8
FINGERPRINTS_MAX = 8

MediaKind: TypeAlias = Literal["audio", "video"]
Role: TypeAlias = Literal["publish", "watch"]
EXTENSIONS: dict[Role, frozenset[str]] = {
    "publish": frozenset({transport_cc.URI, capture_time.URI, stream_id.MID_URI, stream_id.RID_URI}),
    "watch": frozenset({capture_time.URI}),
}
FEEDBACK = frozenset({"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"})

_TOKEN = re.compile(r"[!-~]{1,64}")
_UFRAG = re.compile(r"[A-Za-z0-9+/=_-]{4,256}")  # '=', '_' and '-' are not ice-chars, but are sent by some
_PASSWORD = re.compile(r"[A-Za-z0-9+/=_-]{22,256}")
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){19,63}")
_PROFILE = re.compile(r"[0-9A-Fa-f]{6}")
# RFC 6184, section 8.1: what no profile-level-id means.
_PROFILE_DEFAULT = "420010"


@dataclass(frozen=True)
class OfferedTrack:
    """One media section, with the codec we have chosen in it."""

    kind: MediaKind
    mid: str
    payload_type: int
    profile_level_id: str
    """H.264 only, as offered; empty for Opus."""
    feedback: tuple[str, ...]
    extensions: tuple[tuple[str, int], ...]
    """URI and id of the header extensions that we know; only ids of the one-byte form (RFC 8285, section 4.2)."""
    rids: tuple[str, ...] = ()
    """A simulcast publisher's encodings, in the offer's order; empty for everybody else."""
    paused: tuple[str, ...] = ()
    """Those of them that he does not send yet."""

    def extension(self, uri: str) -> int | None:
        return next((number for known, number in self.extensions if known == uri), None)


@dataclass(frozen=True)
class Offer:
    ufrag: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]
    """Algorithm and value."""
    setup: Literal["auto", "client", "server"]
    """The DTLS role that the peer takes; auto leaves it to us."""
    tracks: tuple[OfferedTrack, ...]

    def track(self, kind: MediaKind) -> OfferedTrack | None:
        return next((track for track in self.tracks if track.kind == kind), None)

    def extension(self, uri: str) -> int | None:
        """The id of a header extension if some track offers it."""
        return next((number for track in self.tracks for known, number in track.extensions if known == uri), None)


def read_offer(body: bytes, role: Role) -> Offer:
    """The offer in an HTTP body of a WHIP (`publish`) or WHEP (`watch`) request (RFC 9725, section 4.2)."""
    if len(body) > OFFER_BYTES_MAX:
        raise OfferTooLarge
    try:
        text = body.decode()
        if text.count("\nm=") > SECTIONS_MAX:
            raise OfferTooLarge
        description = SessionDescription.parse(text)
    except OfferTooLarge:
        raise
    except Exception as error:
        raise OfferMalformed(f"{type(error).__name__} while reading the offer") from error
    return _reduce(description, grouplines(text)[1], role)


def _reduce(description: SessionDescription, sections: list[list[str]], role: Role) -> Offer:
    if not description.media:
        raise OfferMalformed("the offer has no media section")
    if len(description.media) > SECTIONS_MAX:
        raise OfferTooLarge
    kinds = [media.kind for media in description.media]
    if set(kinds) - {"audio", "video"}:
        raise OfferUnsupported("only audio and video sections are possible")
    if len(set(kinds)) != len(kinds):
        raise OfferUnsupported("at most one audio and one video section are possible")
    tracks = tuple(_track(media, lines, role) for media, lines in zip(description.media, sections, strict=True))
    if len({track.mid for track in tracks}) != len(tracks) or len({t.payload_type for t in tracks}) != len(tracks):
        raise OfferMalformed("media sections of one bundle need mids and payload types of their own")
    first = description.media[0]
    if first.ice is None or first.dtls is None:
        raise OfferMalformed("the offer has no DTLS parameters")
    fingerprints = tuple((each.algorithm.lower(), each.value.upper()) for each in first.dtls.fingerprints)
    known = tuple(each for each in fingerprints if each[0] in ("sha-256", "sha-384", "sha-512"))
    if not known or len(known) > FINGERPRINTS_MAX or not all(_FINGERPRINT.fullmatch(value) for _, value in known):
        raise OfferMalformed("the offer needs a SHA-2 fingerprint")
    return Offer(
        ufrag=_matching(_UFRAG, first.ice.usernameFragment, "ice-ufrag"),
        password=_matching(_PASSWORD, first.ice.password, "ice-pwd"),
        fingerprints=known,
        setup=_setup(first.dtls.role),
        tracks=tracks,
    )


def _setup(role: str) -> Literal["auto", "client", "server"]:
    match role:
        case "auto" | "client" | "server":
            return role
    raise OfferMalformed("the offer says nothing of its DTLS role")


def _matching(pattern: re.Pattern[str], value: object, name: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise OfferMalformed(f"the offer has no usable {name}")
    return value


def _track(media: MediaDescription, lines: list[str], role: Role) -> OfferedTrack:
    if "RTP/SAVPF" not in media.profile:
        raise OfferUnsupported("only RTP over DTLS is possible")
    possible = ("sendonly", "sendrecv", None) if role == "publish" else ("recvonly", "sendrecv", None)
    if media.direction not in possible:
        raise OfferUnsupported(f"a {media.kind} section is {media.direction}")
    codec = _opus(media) if media.kind == "audio" else _h264(media)
    if codec is None or codec.payloadType is None or not 0 <= codec.payloadType <= 127:
        raise CodecUnsupported(f"no usable codec in the {media.kind} section")
    found = {each.uri: each.id for each in media.rtp.headerExtensions if each.uri in EXTENSIONS[role]}
    known = {uri: number for uri, number in found.items() if 1 <= number <= 14}
    rids: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()
    if role == "publish" and media.kind == "video" and stream_id.RID_URI in known:
        rids, paused = read_layers(lines, codec.payloadType)
    if not rids:
        known = {uri: number for uri, number in known.items() if uri not in (stream_id.MID_URI, stream_id.RID_URI)}
    feedback = {f"{each.type} {each.parameter}" if each.parameter else each.type for each in codec.rtcpFeedback}
    return OfferedTrack(
        kind="audio" if media.kind == "audio" else "video",
        mid=_matching(_TOKEN, media.rtp.muxId, "mid"),
        payload_type=codec.payloadType,
        profile_level_id="" if media.kind == "audio" else _profile(codec),
        feedback=tuple(sorted(feedback & FEEDBACK)),
        extensions=tuple(sorted(known.items())),
        rids=rids,
        paused=paused,
    )


def _opus(media: MediaDescription) -> RTCRtpCodecParameters | None:
    usable = (codec for codec in media.rtp.codecs if codec.name.lower() == "opus" and codec.clockRate == 48000)
    return next(usable, None)


def _h264(media: MediaDescription) -> RTCRtpCodecParameters | None:
    """Constrained baseline before baseline; both in packetization mode 1."""
    ranked: dict[H264Profile, RTCRtpCodecParameters] = {}
    for codec in media.rtp.codecs:
        if codec.name.upper() != "H264" or codec.clockRate != 90000:
            continue
        if str(codec.parameters.get("packetization-mode")) != "1" or not _PROFILE.fullmatch(_profile(codec)):
            continue
        try:
            profile, _ = parse_h264_profile_level_id(_profile(codec))
        except ValueError:
            continue  # a level that nobody has written down yet
        ranked.setdefault(profile, codec)
    return ranked.get(H264Profile.PROFILE_CONSTRAINED_BASELINE) or ranked.get(H264Profile.PROFILE_BASELINE)


def _profile(codec: RTCRtpCodecParameters) -> str:
    return str(codec.parameters.get("profile-level-id", _PROFILE_DEFAULT))
