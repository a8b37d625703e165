"""What WHIP, WHEP and the media workers refuse.

Refusal
+-- OfferTooLarge           413 offer-too-large
+-- OfferMalformed          400 offer-malformed
+-- CodecUnsupported        422 codec-unsupported
+-- OfferUnsupported        422 offer-unsupported
+-- NotLive                 409 not-live                with Retry-After
+-- StageFull               409 stage-full
+-- NoMediaWorker           503 no-media-worker         with Retry-After
+-- WorkerFull              503 worker-full             with Retry-After
+-- WorkerDraining          503 worker-draining         with Retry-After
+-- SessionUnknown          404 session-unknown
+-- MediaTypeUnsupported    415 media-type-unsupported
+-- FragmentMalformed       400 fragment-malformed
+-- IfMatchRequired         428 if-match-required
+-- EtagStale               412 etag-stale
+-- LayerMalformed          400 layer-malformed
+-- NoPicture               409 no-picture
+-- NotAcceptable           406 not-acceptable
+-- GrantInvalid            401 grant-invalid
+-- TooManySessions         429 too-many-sessions       with Retry-After
"""

from foundation.errors import Conflict, NotFound, Refusal, TooLarge, TooMany, Unauthorised, Unavailable


class OfferTooLarge(TooLarge):
    code, title = "offer-too-large", "An offer may have 64 KiB and 8 media sections"


class OfferMalformed(Refusal):
    status, code, title = 400, "offer-malformed", "The offer is not a session description we can read"


class CodecUnsupported(Refusal):
    status, code = 422, "codec-unsupported"
    title = "The offer has neither H.264 (constrained) baseline in packetization mode 1 nor Opus where it needs them"


class OfferUnsupported(Refusal):
    status, code, title = 422, "offer-unsupported", "The offer asks for something that this endpoint does not do"


class NotLive(Conflict):
    code, title = "not-live", "The room is not live"


class StageFull(Conflict):
    code, title = "stage-full", "Every seat on this stage is taken"


class NoMediaWorker(Unavailable):
    code, title = "no-media-worker", "No media worker is there"


class WorkerFull(Unavailable):
    code, title = "worker-full", "The media worker has no room for another session"


class WorkerDraining(Unavailable):
    code, title = "worker-draining", "The media worker is about to stop; another one is there in a moment"


class SessionUnknown(NotFound):
    code, title = "session-unknown", "There is no such media session"


class MediaTypeUnsupported(Refusal):
    status, code, title = 415, "media-type-unsupported", "The body is not of the media type that this address takes"


class FragmentMalformed(Refusal):
    status, code, title = 400, "fragment-malformed", "The body is not a trickle ICE fragment"


class IfMatchRequired(Refusal):
    status, code, title = 428, "if-match-required", "Say with If-Match which ICE session is meant"


class EtagStale(Refusal):
    status, code, title = 412, "etag-stale", "If-Match names another ICE session"


class LayerMalformed(Refusal):
    status, code, title = 400, "layer-malformed", "The body does not name a layer: auto, full, half or sound"


class NoPicture(Conflict):
    code, title = "no-picture", "This session watches no picture of which a layer could be chosen"


class NotAcceptable(Refusal):
    status, code, title = 406, "not-acceptable", "The answer is application/sdp, which the Accept header rules out"


class GrantInvalid(Unauthorised):
    code, title = "grant-invalid", "The grant in the address is not ours, used up or too old; ask anew"


class TooManySessions(TooMany):
    code, title = "too-many-sessions", "Too many media sessions were asked for; wait a moment"
