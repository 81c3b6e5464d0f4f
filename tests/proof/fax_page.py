"""A fax to send: one white page, as a TIFF file."""

from __future__ import annotations

import struct

LINES = 400
SHORT, LONG, RATIO = 3, 4, 5  # types of TIFF


def page() -> bytes:
    """Group 4 has one bit for a line that is like the one above, and the one above the first is white."""
    data = b"\xff" * (LINES // 8) + bytes.fromhex("001001")
    tags = 13
    start = 8 + 2 + 12 * tags + 4
    resolution = start + len(data)
    entries = (
        (256, LONG, 1728),  # width
        (257, LONG, LINES),
        (258, SHORT, 1),  # bits of a dot
        (259, SHORT, 4),  # compression: group 4
        (262, SHORT, 0),  # 0 is white
        (266, SHORT, 1),  # the first dot is the highest bit
        (273, LONG, start),
        (277, SHORT, 1),
        (278, LONG, LINES),
        (279, LONG, len(data)),
        (282, RATIO, resolution),
        (283, RATIO, resolution + 8),
        (296, SHORT, 2),  # dots per inch
    )
    head = b"II*\0" + struct.pack("<IH", 8, tags)
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return head + directory + struct.pack("<I", 0) + data + struct.pack("<IIII", 204, 1, 98, 1)
