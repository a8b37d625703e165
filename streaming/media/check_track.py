"""PURE. What the track of a host is called who tries his uplink before he goes live."""

CHECK = "check"
