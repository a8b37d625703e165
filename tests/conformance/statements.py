"""What RFC 9725 (WHIP) and draft-ietf-wish-whep-03 demand, in our words, and what holds us to it.

One row for each MUST and MUST NOT (or SHALL) in the order of the text; `held` is a test of ours (a function of this
package, `path::function`, or `path: title` for the pages' own tests), or says why the statement does not bind us.
`docs/conformance.md` is written from these tables: `python -m tests.conformance.document`.
"""

from dataclasses import dataclass
from typing import Literal

Who = Literal["server", "client", "both", "nobody here"]


@dataclass(frozen=True)
class Statement:
    section: str
    who: Who
    says: str
    held: tuple[str, ...]


def s(section: str, who: Who, says: str, *held: str) -> Statement:
    return Statement(section, who, says, held)


BROWSER = "not ours: the browser does it"
REGISTRY = "not ours: rules of the IANA registries"
EXCHANGE = "web/tests/exchange.test.js: "
LINK = "web/tests/link.test.js: "
FRAGMENT = "web/tests/ice_fragment.test.js: "
MEDIA = "tests/streaming/media/"
LINKS = "web/tests/ice_servers.test.js: "
NAMES_STAY = "not ours: layers are called the same whatever is sent, so there is nothing to tell"

WHIP = (
    s(
        "4.1",
        "client",
        "reads no particular cause into a status code",
        EXCHANGE + "an unknown refusal counts as the first of its hundred",
    ),
    s(
        "4.1",
        "client",
        "copes with every status, unknown ones as the first of their hundred",
        EXCHANGE + "an unknown refusal counts as the first of its hundred",
    ),
    s("4.1", "server", "GET on an endpoint or session: 2xx without content", "test_get_is_2xx_without_content"),
    s(
        "4.2",
        "client",
        "makes a JSEP offer and POSTs it",
        BROWSER,
        EXCHANGE + "a session is found relative to the address that answered",
    ),
    s(
        "4.2",
        "client",
        "the POST is application/sdp with the offer as its body",
        EXCHANGE + "a session is found relative to the address that answered",
    ),
    s(
        "4.2",
        "server",
        "answers 201, application/sdp, a JSEP answer and the session's Location",
        "test_post_is_answered_with_201_an_answer_and_a_location",
    ),
    s(
        "4.2",
        "server",
        "another content type or a malformed offer is a 4xx",
        "test_another_type_or_a_broken_offer_is_4xx",
    ),
    s("4.2", "client", "offers neither inactive nor recvonly", "test_offers_in_a_wrong_direction_are_refused"),
    s("4.2", "server", "answers recvonly", "test_every_section_of_the_answer_is_recvonly"),
    s(
        "4.2",
        "client",
        "ends a session by DELETE on its address",
        EXCHANGE + "a session is ended with a request that outlives the page",
    ),
    s(
        "4.2",
        "server",
        "ending a session revokes consent at once (RFC 7675, section 5.2)",
        "test_after_delete_nothing_is_sent_and_no_check_is_answered",
    ),
    s("4.2", "server", "supports OPTIONS for CORS", "test_options_is_200_with_accept_post_and_cors"),
    s(
        "4.3.1",
        "server",
        "a PATCH of another type, or a malformed fragment, is a 4xx",
        "test_a_patch_of_another_type_or_a_broken_fragment_is_4xx",
    ),
    s(
        "4.3.1",
        "server",
        "422 for trickle or restart where only the other is supported",
        "not ours: both are supported",
    ),
    s(
        "4.3.1",
        "server",
        "a unique, strong entity tag names each ICE session",
        "test_entity_tags_are_strong_and_unique_to_an_ice_session",
    ),
    s("4.3.1", "server", "the 201 carries the first ETag", "test_post_is_answered_with_201_an_answer_and_a_location"),
    s("4.3.1", "server", "an entity tag where none is needed is ignored", "test_delete_ignores_entity_tags"),
    s("4.3.2", "server", "gathers all its candidates before it answers", "test_the_answer_has_all_candidates"),
    s(
        "4.3.2",
        "client",
        "keeps candidates until the 201 has come",
        "not ours: our page trickles none, the server learns from checks",
    ),
    s(
        "4.3.2",
        "client",
        "keeps candidates until a restart's new ETag has come",
        "not ours: our page trickles none, the server learns from checks",
    ),
    s(
        "4.3.2",
        "both",
        "fragments are as RFC 8840, section 4.4, says",
        "test_a_fragment_of_the_rfc_is_understood",
        FRAGMENT
        + "a fragment has the section that carries the bundle, its credentials and options, and nothing of media",
    ),
    s(
        "4.3.2",
        "both",
        "trickle is conditional: 428 without an entity tag, 412 with an old one",
        "test_a_condition_is_needed_and_checked",
    ),
    s(
        "4.3.2",
        "server",
        "candidates alone are answered 204 without a body",
        "test_trickled_candidates_are_204_without_body_and_etag",
    ),
    s("4.3.2", "server", "and without an ETag", "test_trickled_candidates_are_204_without_body_and_etag"),
    s(
        "4.3.2",
        "server",
        "candidates that it cannot use are dropped silently",
        "test_candidates_that_cannot_be_used_are_dropped_silently",
    ),
    s(
        "4.3.3",
        "client",
        "takes everything but ICE as negotiated before",
        FRAGMENT + "every section of the answer gets the new credentials and candidates, and keeps the rest",
    ),
    s(
        "4.3.3",
        "client",
        "a restart carries the new ice-ufrag and ice-pwd",
        EXCHANGE + "an ICE restart sends our new credentials and applies the new ones of the server",
    ),
    s(
        "4.3.3",
        "client",
        "a restart is sent with If-Match: *",
        EXCHANGE + "an ICE restart sends our new credentials and applies the new ones of the server",
    ),
    s(
        "4.3.3",
        "server",
        "new credentials are a restart, whatever RFC 8840 says",
        "test_new_credentials_are_a_restart_under_any_true_condition",
    ),
    s(
        "4.3.3",
        "server",
        "a restart is answered 200 with a fragment of new credentials and candidates",
        "test_a_restart_is_answered_with_a_fragment_and_a_new_etag",
    ),
    s("4.3.3", "server", "and with the new ETag", "test_a_restart_is_answered_with_a_fragment_and_a_new_etag"),
    s(
        "4.3.3",
        "both",
        "both replace the set of remote candidates",
        MEDIA + "test_ice_restart.py::test_a_viewers_media_never_stop_and_follow_him",
        FRAGMENT + "every section of the answer gets the new credentials and candidates, and keeps the rest",
    ),
    s(
        "4.3.3",
        "both",
        "ice-options, ice-pacing and ice-lite stay as they were",
        "test_a_restart_is_answered_with_a_fragment_and_a_new_etag",
        FRAGMENT
        + "a fragment has the section that carries the bundle, its credentials and options, and nothing of media",
    ),
    s(
        "4.3.3",
        "server",
        "a restart that cannot be had is an error status",
        "test_a_refused_restart_leaves_the_session_alone",
    ),
    s(
        "4.3.3",
        "server",
        "and does not end the session, nor its ICE session",
        "test_a_refused_restart_leaves_the_session_alone",
    ),
    s(
        "4.3.3",
        "server",
        "a session whose consent has expired ends",
        MEDIA + "test_liveness.py::test_a_silent_host_is_lost_then_his_session_closed_and_viewers_see_the_card",
    ),
    s(
        "4.3.3",
        "client",
        "discards former credentials and pending answers when it restarts",
        LINK + "a restart that nobody answers is given up after a second",
    ),
    s(
        "4.3.3",
        "client",
        "applies the answer to its last request only",
        LINK + "a restart that nobody answers is given up after a second",
    ),
    s(
        "4.3.3",
        "client",
        "restarts again when both sides do not agree",
        LINK + "a restart that brings nothing is followed by a new session",
    ),
    s("4.4.1", "both", "media of a BUNDLE group are multiplexed", "test_media_are_bundled_and_multiplexed", BROWSER),
    s("4.4.1", "both", "every bundled section has rtcp-mux-only", "test_media_are_bundled_and_multiplexed", BROWSER),
    s("4.4.2", "client", "all sections name the same media stream", BROWSER),
    s("4.4.2", "client", "it has at least one track", BROWSER),
    s("4.4.2", "client", "and not two of a kind", "test_two_tracks_of_a_kind_are_422"),
    s(
        "4.4.2",
        "server",
        "more tracks or streams than it supports are a 422 or 400",
        "test_two_tracks_of_a_kind_are_422",
    ),
    s("4.4.5", "client", "uses full ICE", BROWSER),
    s("4.5", "server", "redirects by 307, never by 301 or 302", "test_redirects_are_307"),
    s("4.7", "both", "HTTP authentication is supported", "test_bearer_tokens_are_asked_for_and_honoured"),
    s("4.7", "both", "and bearer tokens", "test_bearer_tokens_are_asked_for_and_honoured"),
    s(
        "4.7.1",
        "client",
        "sends its bearer token in every request",
        EXCHANGE + "the token goes with every request, and without one there is no such header",
    ),
    s(
        "4.7.1",
        "client",
        "sends no Authorization where it has no token",
        EXCHANGE + "the token goes with every request, and without one there is no such header",
    ),
    s("4.8", "client", "offers simulcast as RFC 8853, section 5.3, says", BROWSER),
    s("4.8", "server", "answers simulcast as RFC 8853, section 5.3.2, says", "test_simulcast_is_answered"),
    s("4.9", "server", "extensions are advertised in the 201", "test_no_extension_is_advertised_or_required"),
    s("4.9", "server", "each with a Link of its own", "test_no_extension_is_advertised_or_required"),
    s(
        "4.9",
        "client",
        "ignores Links that it does not know",
        LINKS + "other links are not ours, and a TURN server without a password would make the browser throw",
    ),
    s("4.9", "server", "requires no extension", "test_no_extension_is_advertised_or_required"),
    s("4.9", "nobody here", "an extension registers its name", REGISTRY),
    s(
        "6",
        "nobody here",
        "names are not reallocated; rules for values; documents behind extensions (5 statements)",
        REGISTRY,
    ),
)

# The draft repeats most of WHIP; what it repeats is tested on /whep as well.
WHEP = (
    s(
        "4.1",
        "client",
        "reads no particular cause into a status code",
        EXCHANGE + "an unknown refusal counts as the first of its hundred",
    ),
    s("4.1", "server", "GET: 2xx without content", "test_get_and_head_say_that_offers_are_taken_here"),
    s("4.2", "server", "HEAD has the headers of GET and no body", "test_get_and_head_say_that_offers_are_taken_here"),
    s(
        "4.3",
        "client",
        "POSTs a JSEP offer as application/sdp",
        BROWSER,
        EXCHANGE + "a session is found relative to the address that answered",
    ),
    s(
        "4.3.1",
        "server",
        "an accepted offer is answered 201, application/sdp, with Location",
        "test_an_offer_is_accepted_with_201",
    ),
    s(
        "4.3.2",
        "server",
        "a counter-offer is a 406 with application/sdp and Location, and valid-until is a date",
        "not ours: offers are answered or refused, never countered",
    ),
    s("4.3.2", "client", "answers a counter-offer by PATCH", "not ours: our endpoint makes none"),
    s(
        "4.3.4",
        "server",
        "another content type or a malformed offer is a 4xx",
        "test_another_type_or_a_broken_offer_is_4xx_here_too",
    ),
    s("4.3.5", "client", "offers neither inactive nor sendonly", "test_watch_offers_in_a_wrong_direction_are_refused"),
    s("4.3.5", "server", "answers sendonly", "test_an_offer_is_accepted_with_201"),
    s("4.3.8", "server", "not live is a 409 with Retry-After", "test_not_live_is_409_with_retry_after"),
    s(
        "4.4",
        "client",
        "ends a session by DELETE on its address",
        EXCHANGE + "a session is ended with a request that outlives the page",
    ),
    s("4.4", "server", "ending a session revokes consent at once", "test_after_delete_a_viewer_gets_nothing"),
    s("4.4", "server", "supports OPTIONS for CORS", "test_options_is_200_with_accept_post_and_cors"),
    s(
        "4.5.1",
        "server",
        "PATCH: 4xx for what is no fragment, entity tags, 428 and 412",
        "test_patches_are_as_for_publishers",
    ),
    s(
        "4.5.2",
        "server",
        "candidates alone: 204 without body and ETag; unusable ones are dropped",
        "test_patches_are_as_for_publishers",
    ),
    s("4.5.3", "server", "a restart: 200, fragment, new ETag", "test_patches_are_as_for_publishers"),
    s("4.6.1", "both", "BUNDLE, and rtcp-mux-only in every section", "test_an_offer_is_accepted_with_201", BROWSER),
    s(
        "4.6.2",
        "server",
        "all sections name one media stream, with at most one track of a kind",
        "test_an_offer_is_accepted_with_201",
    ),
    s("4.7", "server", "redirects by 307, never by 301 or 302", "test_redirects_are_307"),
    s(
        "4.9",
        "both",
        "HTTP authentication and bearer tokens are supported",
        "test_a_bearer_token_is_honoured_where_one_is_needed",
    ),
    s(
        "4.10",
        "server",
        "extensions are advertised, and none is required",
        "test_the_layer_extension_is_advertised_with_a_link_of_its_own_and_takes_rids",
        "test_an_offer_is_accepted_with_201",
    ),
    s(
        "4.10.2",
        "server",
        "who lets choose a layer has a Link for it",
        "test_the_layer_extension_is_advertised_with_a_link_of_its_own_and_takes_rids",
    ),
    s(
        "4.10.2",
        "server",
        "and tells the layers that there are by server-sent events",
        NAMES_STAY,
    ),
)
