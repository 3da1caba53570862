import platform

import pytest

from services.allocator import settle_allocator


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these limits")
def test_glibc_takes_the_limits() -> None:
    assert settle_allocator()
