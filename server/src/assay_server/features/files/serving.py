"""How a stored file is sent to a browser that must not run what is in it."""

from __future__ import annotations

import re
from urllib.parse import quote

from assay_server.errors import AssayError

_INLINE = re.compile(
    r"image/(png|jpeg|gif|webp|avif|bmp)|(audio|video)/[a-z0-9.+-]{1,60}|text/plain|application/json"
)
"""What may be shown as what it claims to be. HTML, SVG, XML and scripts are not among it, nor PDF."""

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class RangeUnsatisfiable(AssayError):
    """The wanted range begins behind the end of the file."""

    status, code = 416, "range_unsatisfiable"


def file_headers(filename: str, content_type: str) -> dict[str, str]:
    """Headers of a download: shown only when that is harmless, saved otherwise, never guessed at."""
    plain = content_type.partition(";")[0].strip().lower()
    shown = _INLINE.fullmatch(plain) is not None
    served = plain if shown else "application/octet-stream"
    return {
        "Content-Type": f"{served}; charset=utf-8" if served == "text/plain" else served,
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; "
        f"filename*=UTF-8''{quote(filename, safe='', errors='replace')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",  # whoever has the link may read; nobody between shall
        "Accept-Ranges": "bytes",
    }


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """`(first, last)` byte of a single range, both included; None when the whole file is meant.

    Several ranges and what is no range are answered with the whole file, as HTTP allows. Raises
    RangeUnsatisfiable.
    """
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        begin, end = max(size - int(last), 0), size - 1
        unsatisfiable = int(last) == 0 or size == 0
    else:
        begin, end = int(first), min(int(last or size), size - 1)
        unsatisfiable = begin >= size
        if last and int(last) < begin:
            return None
    if unsatisfiable:
        raise RangeUnsatisfiable(f"The file has {size:,} bytes; ask for a range within them.", size=size)
    return begin, end
