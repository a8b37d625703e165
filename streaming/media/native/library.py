"""The compiled fan-out, and its declarations for cffi's ABI mode."""

from pathlib import Path

from foundation.native import Native

DECLARATIONS = """
struct rs_viewer {
    void *session; uint32_t tag; uint32_t address_length; uint8_t address[28];
    uint16_t number[2]; uint32_t timestamp[2];
};
struct rs_train { const uint8_t *bytes; const uint16_t *sizes; const uint8_t *kinds; int32_t count; };
struct rs_tally { uint64_t sent; uint64_t lost; uint64_t refused; uint64_t unsealed; int32_t unsegmented; };
void rs_fan_out(int fd, void *protect, struct rs_viewer **viewers, int count, const struct rs_train *trains,
                int length, int segments, struct rs_tally *tally);
"""
FAN_OUT = Native(Path(__file__).with_name("fan_out.c"), DECLARATIONS)
load = FAN_OUT.load
