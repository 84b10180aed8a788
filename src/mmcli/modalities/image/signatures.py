"""Signatures of image files: of supported formats, and of those that are refused by name."""

from __future__ import annotations

PNG = b"\x89PNG"
_READ = (
    (PNG, ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"II+\0", ".tif"),
    (b"MM\0+", ".tif"),
    (b"BM", ".bmp"),
)
_REFUSED = (
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"8BPS", "PSD"),
    (b"SIMPLE  =", "FITS"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"%PDF", "PDF"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"\x00\x00\x02\x00", "CUR"),
)


def suffix_for(data: bytes) -> str | None:
    """Extension according to the first bytes of an image, or None if the format is not supported."""
    if data[8:12] == b"WEBP":
        return ".webp"
    return next((suffix for magic, suffix in _READ if data.startswith(magic)), None)


def refused_format(data: bytes) -> str | None:
    """Name of the unsupported format that the first bytes indicate, or None."""
    if data[4:8] == b"ftyp":
        return "HEIC and AVIF"
    head = data[:1024].lstrip().lower()
    if head.startswith((b"<svg", b"<?xml")) and b"<svg" in head:
        return "SVG"
    return next((name for magic, name in _REFUSED if data.startswith(magic)), None)
