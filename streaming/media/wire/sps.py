"""PURE. The picture's size in an H.264 sequence parameter set (ITU-T H.264, section 7.3.2.1.1)."""

# Profiles whose parameter set says more of colour (the condition on profile_idc there).
_HIGH = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
SPS_BYTES_MAX = 1_024
SIDE_MAX = 16_384
_GOLOMB_ZEROS_MAX = 31
_ORDER_CYCLE_MAX = 255


class _Bits:
    """Reads bits from the front; ValueError behind the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def bits(self, count: int) -> int:
        if count > self._left:
            raise ValueError("parameter set truncated")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        """ue(v), section 9.1."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > _GOLOMB_ZEROS_MAX:
                raise ValueError("Exp-Golomb code too long")
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        """se(v), section 9.1.1."""
        code = self.golomb()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def frame_size(sps: bytes) -> tuple[int, int]:
    """Width and height in luma samples, cropped, of a parameter set NAL unit; ValueError when it is malformed."""
    if len(sps) > SPS_BYTES_MAX:
        raise ValueError("parameter set too long")
    bits = _Bits(_without_emulation_prevention(sps[1:]))
    profile = bits.bits(8)
    bits.bits(16)  # constraint flags, level
    bits.golomb()  # seq_parameter_set_id
    chroma = _chroma(bits) if profile in _HIGH else 1
    bits.golomb()  # log2_max_frame_num_minus4
    _skip_order_count(bits)
    bits.golomb()  # max_num_ref_frames
    bits.bits(1)
    width = 16 * (bits.golomb() + 1)
    map_units = bits.golomb() + 1
    frames_only = bits.bits(1)
    if not frames_only:
        bits.bits(1)
    bits.bits(1)
    height = 16 * map_units * (2 - frames_only)
    if bits.bits(1):
        left, right, top, bottom = (bits.golomb() for _ in range(4))
        # Table 6-1: how many luma samples one chroma sample covers.
        across, down = 2 if chroma in (1, 2) else 1, 2 if chroma == 1 else 1
        width -= across * (left + right)
        height -= down * (2 - frames_only) * (top + bottom)
    if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX):
        raise ValueError("impossible size")
    return width, height


def _without_emulation_prevention(data: bytes) -> bytes:
    """Section 7.4.1: the third byte of 00 00 03 is none of the content."""
    kept = bytearray()
    zeros = 0
    for byte in data:
        if zeros >= 2 and byte == 3:
            zeros = 0
            continue
        zeros = 0 if byte else zeros + 1
        kept.append(byte)
    return bytes(kept)


def _chroma(bits: _Bits) -> int:
    """ChromaArrayType; leaves the reader behind the scaling lists."""
    chroma = bits.golomb()
    separate = bits.bits(1) if chroma == 3 else 0
    bits.golomb()  # bit_depth_luma_minus8
    bits.golomb()  # bit_depth_chroma_minus8
    bits.bits(1)
    if bits.bits(1):
        for place in range(12 if chroma == 3 else 8):
            if bits.bits(1):
                _skip_scaling_list(bits, 16 if place < 6 else 64)
    return 0 if separate else chroma


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_order_count(bits: _Bits) -> None:
    match bits.golomb():
        case 0:
            bits.golomb()
        case 1:
            bits.bits(1)
            bits.signed()
            bits.signed()
            cycle = bits.golomb()
            if cycle > _ORDER_CYCLE_MAX:
                raise ValueError("picture order cycle too long")
            for _ in range(cycle):
                bits.signed()
