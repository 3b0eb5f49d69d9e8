"""The process in which yt-dlp runs: one page in, one file out, every connection to the guard proxy.

``python -P -m pipeline.download.video_site_child`` reads one JSON object from standard input, and prints JSON lines:
progress, and at the end a file or an error. It knows no setting and no credential of the service.
"""

import importlib
import json
import os
import resource
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NEVER = (
    "subprocess.Popen",
    "os.exec",
    "os.system",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
    "os.startfile",
)
"""Audit events of other programs: FFmpeg and JavaScript engines would make requests of their own."""
SOCKETS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind")
LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")
LOOPBACK = "127.0.0.1"
# One file that needs no joining, by protocols that yt-dlp speaks itself.
FORMATS = "best[protocol^=http]/best[protocol=m3u8_native]/bestaudio[protocol^=http]"


NETWORK_ERRORS = frozenset(("TransportError", "IncompleteRead", "ProxyError", "SSLError", "ContentTooShortError"))


class TooLarge(Exception):
    """More bytes than allowed."""


def confine(proxy_port: int) -> None:
    """From here on no connection, lookup or program that is not to the proxy. It cannot be taken back.

    The interpreter reports what any module tries, so that no code path of a large library is forgotten. It is no
    barrier against code that is not Python: the proxy's rules and an empty environment stand behind it.
    """

    def judge(event: str, arguments: tuple[Any, ...]) -> None:
        if event in NEVER:
            raise PermissionError(f"{event} is not allowed here")
        if event in SOCKETS and arguments[1] != (LOOPBACK, proxy_port):
            raise PermissionError("only the guard proxy may be called")
        if event in LOOKUPS and arguments[0] not in (LOOPBACK, (LOOPBACK, proxy_port)):
            raise PermissionError("names are looked up by the guard proxy")

    sys.addaudithook(judge)


def options(request: Mapping[str, Any], proxy: str) -> dict[str, Any]:
    """yt-dlp's parameters: no configuration, cookies, plugins, caches, programs, playlists or live streams."""
    return {
        "proxy": proxy,
        "format": FORMATS,
        "outtmpl": {"default": str(Path(request["folder"]) / "recording.%(ext)s")},
        "noplaylist": True,
        "playlist_items": "1",
        "match_filter": _no_live,
        "max_filesize": request["max_bytes"],
        "progress_hooks": [lambda state: _progress(state, request["max_bytes"])],
        "enable_file_urls": False,
        "external_downloader": {"default": "native"},
        "hls_prefer_native": True,
        "ffmpeg_location": os.devnull,
        "fixup": "never",
        "postprocessors": [],
        "js_runtimes": {},
        "remote_components": [],
        "cachedir": False,
        "cookiefile": None,
        "usenetrc": False,
        "nocheckcertificate": False,
        "updatetime": False,
        "check_formats": False,
        "retries": 3,
        "fragment_retries": 3,
        "socket_timeout": 30,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "logger": _Silent(),
    }


class _Silent:
    """yt-dlp's messages hold URLs: only the last error is told, by the exception."""

    def debug(self, _message: str) -> None: ...
    def info(self, _message: str) -> None: ...
    def warning(self, _message: str) -> None: ...
    def error(self, _message: str) -> None: ...


def _no_live(info: Mapping[str, Any], **_more: object) -> str | None:
    return "live streams have no end" if info.get("is_live") or info.get("live_status") == "is_live" else None


def _progress(state: Mapping[str, Any], max_bytes: int) -> None:
    have = int(state.get("downloaded_bytes") or 0)
    if have > max_bytes:
        raise TooLarge
    _say(have_bytes=have, size_bytes=int(state.get("total_bytes") or state.get("total_bytes_estimate") or 0))


def _say(**what: Any) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


def main() -> None:
    """Exit code 0 where a file or an error was told."""
    request = json.loads(sys.stdin.readline())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (request["max_bytes"], request["max_bytes"]))
    for native in ("curl_cffi", "websockets"):  # connections that the interpreter does not see
        sys.modules[native] = None  # type: ignore[assignment]  # the import system's own way to say: not there
    threading.Thread(target=_end_with_parent, daemon=True).start()
    confine(request["proxy_port"])
    try:
        yt_dlp = importlib.import_module("yt_dlp")  # an extra, which may not be installed
    except ImportError:
        return _say(error="missing")
    try:
        with yt_dlp.YoutubeDL(options(request, request["proxy"])) as downloader:
            info = downloader.extract_info(request["url"], download=True)
    except Exception as error:
        return _say(error=_kind(error))
    return _say(title=str((info or {}).get("title") or ""))


def _end_with_parent() -> None:
    """The parent keeps standard input open as long as it lives."""
    while os.read(0, 1):
        pass
    os._exit(2)


def _kind(error: BaseException) -> str:
    """``too_large``, ``network`` or ``failed``, by what yt-dlp has wrapped into its own error."""
    seen: list[BaseException] = []
    inside: BaseException | None = error
    while inside is not None and inside not in seen:
        seen.append(inside)
        wrapped = getattr(inside, "exc_info", None) or (None, None, None)
        inside = wrapped[1] or inside.__cause__ or inside.__context__
    if any(isinstance(each, TooLarge) for each in seen):
        return "too_large"
    return "network" if any(type(each).__name__ in NETWORK_ERRORS for each in seen) else "failed"


if __name__ == "__main__":
    main()
