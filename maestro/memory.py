"""Gives the memory of large texts back to the system as soon as they are freed.

glibc moves its border between small and large blocks up to 32 MiB as large ones are freed
(https://man7.org/linux/man-pages/man3/mallopt.3.html, M_MMAP_THRESHOLD), and then keeps copies of a 10 MB answer in the
heap of each thread that handled one. A border that stays where it is costs two system calls a large block.

It also gives each of the first eight threads for every core a heap of its own (M_ARENA_MAX), for which Python's lock leaves
little use: what each of some forty threads once needed stays in its heap.
"""

from __future__ import annotations

import ctypes
import platform

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE = 512 * 1024  # bytes


def share_one_heap() -> bool:
    """All threads that begin from now on take from the first one's; whether the C library knows how."""
    return _set(_M_ARENA_MAX, 1)


def return_large_blocks() -> bool:
    """Fix the border for this process; whether its C library knows how."""
    return _set(_M_MMAP_THRESHOLD, _LARGE)


def _set(parameter: int, value: int) -> bool:
    return platform.libc_ver()[0] == "glibc" and bool(ctypes.CDLL(None).mallopt(parameter, value))
