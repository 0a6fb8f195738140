"""What is no text: bytes that begin what a terminal would obey and do not end it, that are no UTF-8, that end a line too early. The
same each time, so that a red ring speaks of the change; drawn from the seed that `tests/run --full` says in the long run."""

import os
import random

PIECES = (
    b"\0", b"\r", b"\n", b"\b", b"\x07", b"\x7f", b"\x1b", b"\x9b", b"\x9d", b"\x90", b"\x98", b"\x9c",
    b"\x1b[", b"\x1b[38;5", b"\x1b]0;a title", b"\x1b]8;;https://example.org/", b"\x1bP+q", b"\x1b_", b"\x1b^", b"\x1bX", b"\x1b(", b"\x1b\\",
    b"\xff", b"\xfe\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xc2\x9b", b"\xc2\x9d",
    b"{", b'"', b" ", b"plain",
)


def awkward(length):
    if os.environ.get("ENVLS_FULL"):
        # Any byte at all, and now and then one of the pieces.
        chance = random.Random(os.environ.get("PROPTEST_RNG_SEED"))
        parts = (chance.choice(PIECES) if chance.random() < 0.1 else chance.randbytes(8) for _ in range(length))
    else:
        chance = random.Random(1)
        parts = (chance.choice(PIECES) for _ in range(length))
    made = bytearray()
    for part in parts:
        made += part
        if len(made) >= length:
            break
    return bytes(made[:length])
