"""What quality refuses.

Malformed
+-- SampleIncoherent    422 sample-incoherent    numbers that cannot be true together
TooMany
+-- TooManySamples      429 too-many-samples     with Retry-After
"""

from foundation.errors import Malformed, TooMany


class SampleIncoherent(Malformed):
    code, title = "sample-incoherent", "The numbers of this sample cannot be true together"


class TooManySamples(TooMany):
    code, title = "too-many-samples", "Too many samples from this address"
