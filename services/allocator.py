"""The C library's allocator, told how much to hold on to: one pool for all threads, and large pieces as it fits.

Every thread gets a pool of its own by default, and what the threads of the daemon hand to each other (batches, entries)
leaves holes in all of them. The daemon gives large pieces back at once, since it lives long and holds few. Where texts are
judged they come with every batch, and what is given back has to be had again, page by page: with pieces from 128 kB on
mapped one by one, an item took nine page faults, a third of the time of judging.
"""

import ctypes

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
"""Names and numbers as in glibc's malloc.h."""
LARGE_BYTES = 128 * 1024
"""What is as large is mapped by itself, and given back at once. Naming a limit also keeps glibc from raising it."""
LARGE_TO_JUDGE_BYTES = 16 * 1024 * 1024
"""The same where texts are judged: a few times what a batch needs."""


def settle_allocator(large_bytes: int = LARGE_BYTES) -> bool:
    """Set the limits for this process, before it starts threads; false where the C library knows none (musl, macOS)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    limits = ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, large_bytes), (_M_TRIM_THRESHOLD, large_bytes))
    taken = [mallopt(name, value) == 1 for name, value in limits]
    return all(taken)
