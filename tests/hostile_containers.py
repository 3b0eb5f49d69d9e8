"""Containers written by hand that refer to what is outside them: ISO base media and QuickTime, AVI, Matroska, XBIN."""

import struct
from pathlib import Path


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of ISO base media or QuickTime."""
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, *content: bytes) -> bytes:
    """A box with version and flags of zero."""
    return box(kind, bytes(4), *content)


def mp4(*, references: tuple[bytes, ...] = (), extra: bytes = b"", seconds: int = 1) -> bytes:
    """A QuickTime file of silence: 8-bit mono sound at 8 kHz, whose data lie where ``references`` say, else within."""
    rate, count = 8000, 8000 * seconds
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    entries = references or (box(b"url ", struct.pack(">I", 1)),)
    head = box(b"ftyp", b"qt  ", bytes(4), b"qt  ")
    sound = box(b"raw ", bytes(6), struct.pack(">HHHIHHHHI", 1, 0, 0, 0, 1, 8, 0, 0, rate << 16))

    def moov(offset: int) -> bytes:
        table = box(
            b"stbl",
            full(b"stsd", struct.pack(">I", 1), sound),
            full(b"stts", struct.pack(">III", 1, count, 1)),
            full(b"stsc", struct.pack(">IIII", 1, 1, count, 1)),
            full(b"stsz", struct.pack(">II", 1, count)),
            full(b"stco", struct.pack(">II", 1, offset)),
        )
        minf = box(
            b"minf",
            full(b"smhd", bytes(4)),
            box(b"dinf", full(b"dref", struct.pack(">I", len(entries)), *entries)),
            table,
        )
        mdia = box(
            b"mdia",
            full(b"mdhd", struct.pack(">IIIIHH", 0, 0, rate, count, 0, 0)),
            full(b"hdlr", b"mhlr", b"soun", bytes(13)),
            minf,
        )
        tkhd = box(
            b"tkhd",
            struct.pack(">I", 7),
            struct.pack(">5I", 0, 0, 1, 0, count),
            bytes(8),
            struct.pack(">4H", 0, 0, 0x100, 0),
            matrix,
            bytes(8),
        )
        mvhd = full(
            b"mvhd", struct.pack(">4I", 0, 0, rate, count), struct.pack(">IH", 0x10000, 0x100), bytes(10), matrix
        )
        return box(b"moov", mvhd, box(b"trak", tkhd, mdia), extra)

    start = len(head) + len(moov(0)) + 8
    return head + moov(start) + box(b"mdat", b"\x80" * count)


def url_reference(url: str) -> bytes:
    """A data reference by address."""
    return full(b"url ", url.encode() + b"\0")


def alias(path: Path) -> bytes:
    """A Macintosh alias record (version 2) with the paths that FFmpeg's ``enable_drefs`` follows."""
    name = path.name.encode()[:63]
    record = bytes(4) + struct.pack(">HH", 0, 2) + struct.pack(">H", 0)
    record += bytes([6]) + b"volume".ljust(27, b"\0") + bytes(12)
    record += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    record += struct.pack(">hh", 1, 1) + bytes(16)
    for kind, text in ((2, str(path).replace("/", ":").encode()), (18, str(path).encode()), (19, b"/")):
        record += struct.pack(">hH", kind, len(text)) + text + (b"\0" if len(text) % 2 else b"")
    return full(b"alis", record + struct.pack(">hH", -1, 0))


def reference_movie(*urls: str) -> bytes:
    """A QuickTime file that only names others (``rmra``)."""
    entries = b""
    for url in urls:
        text = url.encode() + b"\0"
        entries += box(b"rmda", full(b"rdrf", b"url ", struct.pack(">I", len(text)), text))
    return box(b"ftyp", b"qt  ", bytes(4), b"qt  ") + box(b"moov", box(b"rmra", entries))


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of RIFF."""
    return kind + struct.pack("<I", len(content)) + content + (b"\0" if len(content) % 2 else b"")


def avi_with_subtitles(text: bytes) -> bytes:
    """An AVI with ``text`` as a GAB2 subtitle: FFmpeg opens a demuxer of its own on it."""
    gab2 = b"GAB2\0" + struct.pack("<HI", 2, 2) + b"\0\0" + struct.pack("<HI", 4, len(text)) + text

    def stream(kind: bytes, handler: bytes, form: bytes) -> bytes:
        header = kind + handler + struct.pack("<IHHIIIIIIII", 0, 0, 0, 0, 1, 25, 0, 1, 4096, 0, 0) + bytes(8)
        return b"strl" + chunk(b"strh", header) + chunk(b"strf", form)

    picture = struct.pack("<IiiHHIIiiII", 40, 16, 16, 1, 24, 0, 768, 0, 0, 0, 0)
    header = chunk(b"avih", struct.pack("<14I", 40000, 0, 0, 0x10, 1, 0, 2, 0, 16, 16, 0, 0, 0, 0))
    lists = chunk(b"LIST", stream(b"vids", bytes(4), picture)) + chunk(b"LIST", stream(b"txts", bytes(4), b""))
    movi = chunk(b"LIST", b"movi" + chunk(b"01tx", gab2) + chunk(b"00db", bytes(768)))
    return chunk(b"RIFF", b"AVI " + chunk(b"LIST", b"hdrl" + header + lists) + movi)


def element(identifier: str, content: bytes) -> bytes:
    """An element of Matroska, its size in eight bytes."""
    return bytes.fromhex(identifier) + struct.pack(">Q", len(content) | 1 << 56) + content


def matroska(path: str, url: str, playlist: bytes) -> bytes:
    """Linked segments, chapters of another file and an attachment that is a playlist; no sample of its own."""
    attached = element("466e", b"a.m3u8") + element("4660", b"application/vnd.apple.mpegurl")
    attached += element("46ae", b"\1") + element("465c", playlist)
    info = element("2ad7b1", b"\x0f\x42\x40") + element("73a4", bytes(16)) + element("3eb923", b"\1" * 16)
    info += element("3e83bb", path.encode()) + element("7384", url.encode())
    chapter = element("b6", element("73c4", b"\1") + element("91", b"\0") + element("6e67", b"\1" * 16))
    segment = element("1549a966", info) + element("1941a469", element("61a7", attached))
    segment += element("1043a770", element("45b9", chapter))
    head = element("1a45dfa3", element("4282", b"matroska") + element("4287", b"\4") + element("4285", b"\2"))
    return head + element("18538067", segment)


def xbin(text: bytes) -> bytes:
    """A text picture of eXtended BIN, 80 by 25."""
    return b"XBIN\x1a" + struct.pack("<HHBB", 80, 25, 16, 0) + b"".join(bytes((c, 7)) for c in text.ljust(2000))
