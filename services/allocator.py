"""The C library's allocator, told to hold on to the right amount: one pool for all threads, and what a batch needs.

Every thread gets a pool of its own by default, and what the threads of the daemon hand to each other (batches, entries)
leaves holes in all of them. What is given back to the system has to be had again, page by page: with buffers of a batch's
size (128 kB and more) mapped one by one, half a million items took nine page faults each, a third of the time of judging.
"""

import ctypes

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
"""Names and numbers as in glibc's malloc.h."""
LARGE_BYTES = 16 * 1024 * 1024
"""What is as large is mapped by itself, and so much may lie free at the end of the pool: a few times what a batch needs."""


def settle_allocator() -> bool:
    """Set the limits for this process, before it starts threads; false where the C library knows none (musl, macOS)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    limits = ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, LARGE_BYTES), (_M_TRIM_THRESHOLD, LARGE_BYTES))
    taken = [mallopt(name, value) == 1 for name, value in limits]
    return all(taken)
