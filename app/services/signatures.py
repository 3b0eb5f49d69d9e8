"""The first bytes of files: tables of what is media, what surely is not, and which extensions are known."""

MEDIA_EXTENSIONS: dict[str, str] = {
    **dict.fromkeys(("mp4", "m4v", "mpeg4"), "video/mp4"),
    **dict.fromkeys(("mov", "qt"), "video/quicktime"),
    **dict.fromkeys(("3gp", "3gpp"), "video/3gpp"),
    "3g2": "video/3gpp2",
    "mj2": "video/mj2",
    **dict.fromkeys(("mkv", "mk3d"), "video/x-matroska"),
    "mka": "audio/x-matroska",
    "webm": "video/webm",
    "weba": "audio/webm",
    **dict.fromkeys(("avi", "divx"), "video/x-msvideo"),
    **dict.fromkeys(("wmv", "asf"), "video/x-ms-wmv"),
    "wma": "audio/x-ms-wma",
    **dict.fromkeys(("flv", "f4v"), "video/x-flv"),
    **dict.fromkeys(("ts", "m2ts", "mts", "m2t", "tsv", "trp"), "video/mp2t"),
    **dict.fromkeys(("mpg", "mpeg", "mpe", "m2v", "m1v", "mpv", "vob", "ps", "dat", "mod", "tod"), "video/mpeg"),
    **dict.fromkeys(("ogv", "ogm"), "video/ogg"),
    **dict.fromkeys(("ogg", "oga", "opus", "spx", "ogx"), "audio/ogg"),
    **dict.fromkeys(("h264", "264", "avc", "h265", "265", "hevc", "h261", "h263", "vvc", "266"), "video/octet-stream"),
    **dict.fromkeys(
        ("ivf", "obu", "av1", "vc1", "drc", "dnxhd", "y4m", "avs", "lvf", "nut", "wtv"), "video/octet-stream"
    ),
    **dict.fromkeys(("mxf", "gxf"), "application/mxf"),
    **dict.fromkeys(("dv", "dif"), "video/dv"),
    **dict.fromkeys(("rm", "rmvb", "ra"), "application/vnd.rn-realmedia"),
    **dict.fromkeys(("mjpg", "mjpeg"), "video/x-motion-jpeg"),
    "swf": "application/x-shockwave-flash",
    "gif": "image/gif",
    **dict.fromkeys(("mp3", "mp2", "mp1", "mpa", "mpga"), "audio/mpeg"),
    **dict.fromkeys(("m4a", "m4b", "m4r", "f4a", "f4b"), "audio/mp4"),
    **dict.fromkeys(("aac", "adts", "adif", "loas", "latm"), "audio/aac"),
    **dict.fromkeys(("wav", "wave", "w64", "rf64", "bwf"), "audio/wav"),
    **dict.fromkeys(("aif", "aiff", "aifc"), "audio/aiff"),
    "flac": "audio/flac",
    **dict.fromkeys(("amr", "awb", "3ga"), "audio/amr"),
    **dict.fromkeys(("ac3", "ac4"), "audio/ac3"),
    **dict.fromkeys(("eac3", "ec3"), "audio/eac3"),
    **dict.fromkeys(("dts", "dtshd", "thd", "mlp", "truehd"), "audio/octet-stream"),
    **dict.fromkeys(("au", "snd"), "audio/basic"),
    "caf": "audio/x-caf",
    **dict.fromkeys(
        ("ape", "tta", "wv", "mpc", "mpp", "mp+", "shn", "oma", "aa3", "voc", "sox", "ast"), "audio/octet-stream"
    ),
}
"""Extensions of what the demuxers that Lectern allows can open, and the content type each is stored with."""

MEDIA: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (0, b"OggS", "application/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"FLV\x01", "video/x-flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", "application/mxf"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"\x00\x00\x01\xb3", "video/mpeg"),
    (0, b"\x00\x00\x00\x01\x67", "video/h264"),
    (0, b"\x00\x00\x01\x67", "video/h264"),
    (0, b"\x00\x00\x00\x01\x40\x01", "video/h265"),
    (0, b"riff\x2e\x91\xcf\x11", "audio/x-w64"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"caff\x00\x01", "audio/x-caf"),
    (0, b".snd\x00", "audio/basic"),
    (0, b".RMF\x00\x00\x00", "application/vnd.rn-realmedia"),
    (0, b".ra\xfd", "audio/x-pn-realaudio"),
    (0, b"nut/multimedia container\x00", "video/x-nut"),
    (0, b"YUV4MPEG2 ", "video/x-yuv4mpeg"),
    (0, b"DKIF\x00\x00", "video/x-ivf"),
    (0, b"TTA1", "audio/x-tta"),
    (0, b"wvpk", "audio/x-wavpack"),
    (0, b"MAC \x96\x0f", "audio/x-ape"),
    (0, b"MPCK", "audio/x-musepack"),
    (0, b"MP+", "audio/x-musepack"),
    (0, b"ADIF", "audio/aac"),
    (0, b"Creative Voice File\x1a", "audio/x-voc"),
    (0, b"\x7f\xfe\x80\x01", "audio/vnd.dts"),
    (0, b"\x1f\x07\x00\x3f", "video/dv"),
    (0, b"\x1f\x07\x00\xbf", "video/dv"),
    (0, b"\xb7\xd8\x00\x20\x37\x49\xda\x11", "video/x-wtv"),
    (0, b"ajkg", "audio/x-shorten"),
    (4, b"\xf8\x72\x6f\xba", "audio/x-truehd"),
    (4, b"\xf8\x72\x6f\xbb", "audio/x-mlp"),
)
"""``(offset, bytes, content type)``: enough of a match to take the file whatever its name is."""

BOX_TYPES = frozenset(
    {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"moof", b"styp", b"sidx", b"uuid"}
)
"""What a QuickTime or ISO base media file (ISO/IEC 14496-12) may begin with, at offset 4."""

STILL_BRANDS = frozenset(
    {b"avif", b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"miaf", b"crx ", b"jpx ", b"jp2 "}
)
"""Major brands of still images in that container; image sequences (``avis``, ``hevc``, ``msf1``) are video."""

RIFF_MEDIA = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"AVIX": "video/x-msvideo", b"CDXA": "video/mpeg"}
FORM_MEDIA = {b"AIFF": "audio/aiff", b"AIFC": "audio/aiff", b"8SVX": "audio/x-8svx"}

NOT_MEDIA: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"II*\x00", "a TIFF image"),
    (0, b"MM\x00*", "a TIFF image"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL image"),
    (0, b"\xff\x0a", "a JPEG XL image"),
    (8, b"WEBP", "a WebP image"),
    (0, b"8BPS\x00", "a Photoshop image"),
    (0, b"DDS \x7c\x00", "a DDS image"),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR image"),
    (0, b"\x01\xda\x00", "an SGI image"),
    (0, b"\x01\xda\x01", "an SGI image"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
    (0, b"PK\x05\x06", "a ZIP archive"),
    (0, b"PK\x07\x08", "a ZIP archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
    (0, b"\x1f\x8b\x08", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\x00", "an xz archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"\xca\xfe\xba\xbe", "a program"),
    (0, b"\xcf\xfa\xed\xfe", "a program"),
    (0, b"\xce\xfa\xed\xfe", "a program"),
    (0, b"\x00asm\x01\x00", "a program"),
    (0, b"SQLite format 3\x00", "a database"),
    (0, b"MThd\x00\x00\x00\x06", "a MIDI file, which holds notes and no sound"),
    (0, b"wOFF", "a font"),
    (0, b"wOF2", "a font"),
    (0, b"AT&TFORM", "a DjVu document"),
)

TEXT_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"#extm3u", "a playlist, which names other files"),
    (b"[playlist]", "a playlist, which names other files"),
    (b"ffconcat", "a list of files for FFmpeg"),
    (b"<?xml", "an XML document"),
    (b"<mpd", "a streaming manifest, which names other files"),
    (b"<smil", "a playlist, which names other files"),
    (b"<svg", "an SVG image"),
    (b"<!doctype", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"#!/", "a script"),
    (b"{\\rtf", "a text document"),
    (b"webvtt", "a caption file, which goes into the part named captions"),
)
"""In lower case, after a byte order mark and white space. Some lead FFmpeg to open other files: never let in."""
