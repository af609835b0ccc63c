"""Gives the memory of large texts back to the system as soon as they are freed.

glibc moves its border between small and large blocks up to 32 MiB as large ones are freed
(https://man7.org/linux/man-pages/man3/mallopt.3.html, M_MMAP_THRESHOLD), and then keeps copies of a 10 MB answer in the
heap of each thread that handled one. A border that stays where it is costs two system calls a large block.
"""

from __future__ import annotations

import ctypes
import platform

_M_MMAP_THRESHOLD = -3
_LARGE = 512 * 1024  # bytes


def return_large_blocks() -> bool:
    """Fix the border for this process; whether its C library knows how."""
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE))
