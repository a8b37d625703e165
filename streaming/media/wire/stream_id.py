"""Which stream a packet belongs to, said in a header extension (RFC 8843, section 15; RFC 8852, section 3.1)."""

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
