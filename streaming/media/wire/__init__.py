"""Wire formats that aiortc lacks or does too slowly: RTP views, H.264 packetising, transport-cc, reception reports."""
