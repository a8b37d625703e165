"""The SRTP protection profiles that we offer, best first, and their keys from a DTLS handshake (RFC 5764, RFC 7714)."""

from typing import NamedTuple

from pylibsrtp import Error, Policy

EXPORTER_LABEL = b"EXTRACTOR-dtls_srtp"


class SrtpProfile(NamedTuple):
    name: bytes
    """In OpenSSL."""
    number: int
    """In pylibsrtp."""
    key: int
    salt: int
    tag: int
    """Bytes by which a packet grows."""

    @property
    def exported(self) -> int:
        """Bytes of keying material for both directions."""
        return 2 * (self.key + self.salt)

    def secret(self, material: bytes, *, of_client: bool) -> bytes:
        """Master key and salt of what one side sends (RFC 5764, section 4.2)."""
        which = 0 if of_client else 1
        salts = 2 * self.key
        return material[which * self.key :][: self.key] + material[salts + which * self.salt :][: self.salt]


def _known(profile: SrtpProfile) -> bool:
    """libsrtp may have been built without AES-GCM."""
    try:
        Policy(srtp_profile=profile.number)
    except Error:
        return False
    return True


PROFILES = tuple(
    each
    for each in (
        SrtpProfile(b"SRTP_AEAD_AES_256_GCM", Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12, 16),
        SrtpProfile(b"SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12, 16),
        SrtpProfile(b"SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14, 10),
    )
    if _known(each)
)
