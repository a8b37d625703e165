"""PURE. Our SDP answer: offer + parameters of the media worker -> text (RFC 9725, section 4.2; RFC 8839; RFC 8842)."""

import ipaddress
from dataclasses import dataclass

from streaming.media.offer import Offer, OfferedTrack, Role
from streaming.media.wire import transport_cc

# RFC 8445, section 5.1.2.1: host candidates of component 1; those named first are preferred.
_TYPE_PREFERENCE = 126 << 24
_PUBLISH_FEEDBACK = ("nack", "nack pli", "ccm fir")
# Chromium begins at 300 kbit/s and goes up by probes; where these fail it takes half a minute, and the larger encoding
# of a simulcast host is off for so long. It is down again within two seconds if the uplink does not bear this.
START_KBPS = 1_500
_WATCH_FEEDBACK = ("nack", "nack pli", "goog-remb")


@dataclass(frozen=True)
class AnswerParameters:
    """What a media worker says of a session that it has opened."""

    session: str
    ufrag: str
    password: str
    fingerprint: str
    """SHA-256, upper case with colons."""
    setup: str
    """active or passive"""
    port: int
    addresses: tuple[str, ...]
    """Most preferred first."""
    ssrcs: tuple[tuple[str, int], ...]
    """Kind and SSRC of what we send; empty for a publisher."""


def write_answer(offer: Offer, parameters: AnswerParameters, role: Role) -> str:
    mids = " ".join(track.mid for track in offer.tracks)
    lines = ["v=0", "o=ringside 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite", f"a=group:BUNDLE {mids}"]
    lines.append("a=msid-semantic: WMS *")
    for track in offer.tracks:
        lines += _section(track, parameters, role)
    return "\r\n".join(lines) + "\r\n"


def _section(track: OfferedTrack, parameters: AnswerParameters, role: Role) -> list[str]:
    first = ipaddress.ip_address(parameters.addresses[0])
    number = track.payload_type
    lines = [
        f"m={track.kind} {parameters.port} UDP/TLS/RTP/SAVPF {number}",
        f"c=IN IP{first.version} {first}",
        f"a=mid:{track.mid}",
        "a=recvonly" if role == "publish" else "a=sendonly",
        "a=rtcp-mux",
        "a=rtcp-mux-only",  # RFC 9725, section 4.4.1, although RFC 8858, section 3, would not have it in an answer
        f"a=ice-ufrag:{parameters.ufrag}",
        f"a=ice-pwd:{parameters.password}",
        f"a=fingerprint:sha-256 {parameters.fingerprint}",
        f"a=setup:{parameters.setup}",
        *_codec(track, role),
        *(f"a=rtcp-fb:{number} {feedback}" for feedback in answered_feedback(track, role)),
    ]
    lines += [f"a=extmap:{identifier} {uri}" for uri, identifier in track.extensions]
    if role == "watch":
        ssrc = dict(parameters.ssrcs)[track.kind]
        lines += [f"a=msid:program {track.kind}", f"a=ssrc:{ssrc} cname:program"]
        lines.append(f"a=ssrc:{ssrc} msid:program {track.kind}")
    elif track.rids:
        # RFC 8853, section 5.3.2. An encoding that pauses stays so: without `~` a browser would wake it.
        lines += [f"a=rid:{rid} recv" for rid in track.rids]
        lines.append("a=simulcast:recv " + ";".join("~" * (rid in track.paused) + rid for rid in track.rids))
    return [*lines, *candidates(parameters), "a=end-of-candidates"]


def candidates(parameters: AnswerParameters) -> list[str]:
    """Every address of the worker, also for the fragment that answers an ICE restart."""
    priorities = (_TYPE_PREFERENCE | (65535 - place) << 8 | 255 for place in range(len(parameters.addresses)))
    return [
        f"a=candidate:{place} 1 udp {priority} {address} {parameters.port} typ host"
        for place, (priority, address) in enumerate(zip(priorities, parameters.addresses, strict=True), 1)
    ]


def _codec(track: OfferedTrack, role: Role) -> list[str]:
    number = track.payload_type
    if track.kind == "audio":
        return [f"a=rtpmap:{number} opus/48000/2", f"a=fmtp:{number} minptime=10;useinbandfec=1"]
    format_parameters = f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={track.profile_level_id}"
    if role == "publish":
        format_parameters += f";x-google-start-bitrate={START_KBPS}"
    return [f"a=rtpmap:{number} H264/90000", f"a=fmtp:{number} {format_parameters}"]


def answered_feedback(track: OfferedTrack, role: Role) -> list[str]:
    """What we agree to: publishers get transport-cc, or REMB where they do not know it; viewers never transport-cc."""
    wanted: tuple[str, ...] = _WATCH_FEEDBACK
    if role == "publish":
        better = uses_transport_cc(track)
        wanted = (*_PUBLISH_FEEDBACK, "transport-cc" if better else "goog-remb")
    return [feedback for feedback in wanted if feedback in track.feedback]


def uses_transport_cc(track: OfferedTrack) -> bool:
    return "transport-cc" in track.feedback and any(uri == transport_cc.URI for uri, _ in track.extensions)
