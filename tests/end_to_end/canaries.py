"""Secrets that a caller may put anywhere: each place has a canary of its own, so that a hit tells where it came from.

File names, options such as ``focus``, captions and the path of a source URL are shown by design and hold none; nor does
an ``X-Request-ID`` that looks like no secret, whose purpose is to be in the log.
"""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2

MP4 = b"\x00\x00\x00\x20ftypisom" + bytes(range(256)) * 100
VISIBLE = f"visible{uuid4().hex}"
"""In a file name: it must be found, or the search finds nothing."""


@dataclass
class Canaries:
    """``of(place)`` makes one: 43 letters and digits, as the secret part of a key."""

    made: dict[str, str] = field(default_factory=dict)

    def of(self, place: str) -> str:
        return self.made.setdefault(place, f"c4nary{uuid4().hex}".ljust(43, "x"))

    def key(self, place: str) -> str:
        """One that looks like an API key."""
        return f"lk_c4naryKey0_{self.of(place)}"


def sing(http: httpx2.Client, key: str, canaries: Canaries) -> Iterator[tuple[str, int]]:
    """Send a request for each place; gives the place and the status."""
    of, valid = canaries.of, {"Authorization": f"Bearer {key}"}
    jobs, upload = "/api/v1/jobs", "/api/v1/upload"

    def get(place: str, path: str = jobs, **headers: str) -> tuple[str, int]:
        return place, http.get(path, headers=headers).status_code

    yield get("an unknown key", Authorization=f"Bearer {canaries.key('an unknown key')}")
    yield get("an unknown X-API-Key", **{"X-API-Key": canaries.key("an unknown X-API-Key")})
    yield get("a bearer that is no key", Authorization=f"Bearer {of('a bearer that is no key')}")
    yield get("another scheme", Authorization=f"Basic {of('another scheme')}")
    yield get("no scheme", Authorization=of("no scheme"))
    for name in (
        "Cookie",
        "User-Agent",
        "Referer",
        "Origin",
        "Accept",
        "Prefer",
        "If-None-Match",
        "Range",
        "Forwarded",
    ):
        yield get(name, **valid, **{name: f"session={of(name)}"})
    yield get("an unknown header", **valid, **{"X-Secret": of("an unknown header")})
    yield get("Host", **valid, Host=f"{of('Host')}.example")
    yield get("X-Forwarded-For", **valid, **{"X-Forwarded-For": of("X-Forwarded-For")})
    yield get("X-Request-ID", **valid, **{"X-Request-ID": canaries.key("X-Request-ID")})
    yield get("X-Request-ID of a refusal", **{"X-Request-ID": canaries.key("X-Request-ID of a refusal")})
    for name in ("api_key", "token", "anything"):
        place = f"query {name}"
        yield get(place, f"{jobs}?{name}={of(place)}", **valid)
        yield get(f"{place} of a refusal", f"{jobs}?{name}={of(f'{place} of a refusal')}")
        yield get(f"{place} of nothing", f"/nowhere?{name}={of(f'{place} of nothing')}")
    yield get("a query that cannot be used", f"{jobs}?limit={of('a query that cannot be used')}", **valid)
    yield get("a cursor", f"{jobs}?cursor={of('a cursor')}", **valid)
    yield get("a path", f"{jobs}/{of('a path')}", **valid)
    yield get("a signature", f"{jobs}/{uuid4()}/events?expires=9999999999&signature={of('a signature')}")
    yield get("a media link", f"/api/v1/media/uploads/0/source.mp4?signature={of('a media link')}")
    yield get("an object key", f"/api/v1/videos/presigned-url?key={of('an object key')}", **valid)

    def post(place: str, path: str, **sent: Any) -> tuple[str, int]:
        return place, http.post(path, **{**sent, "headers": {**valid, **sent.get("headers", {})}}).status_code

    def file(name: str = f"{VISIBLE}.mp4") -> dict[str, Any]:
        return {"file": (name, MP4, "video/mp4")}

    def own_key(place: str, sent: str, **options: Any) -> tuple[str, int]:
        body = {"kind": "transcription", "source": {"url": "https://source.invalid/a.mp4"}, "options": options}
        return post(place, jobs, json=body, headers={"X-OpenAI-Api-Key": sent})

    place = "X-OpenAI-Api-Key"
    yield own_key(place, of(place), transcribers=["openai"])
    yield own_key(f"{place} of no use", of(f"{place} of no use"), transcribers=["captions"])
    yield own_key(f"{place} with a space", f"a {of(f'{place} with a space')}", transcribers=["openai"])
    yield get(f"{place} of a reader", **valid, **{place: of(f"{place} of a reader")})
    yield post("Idempotency-Key", upload, files=file(), headers={"Idempotency-Key": of("Idempotency-Key")})
    place = "X-Request-ID of a change"
    yield post(place, upload, files=file(), headers={"X-Request-ID": canaries.key(place)})
    unknown = {of("the name of a part"): of("a part")}
    yield post("an unknown part", upload, files=file(), data=unknown)
    yield post("an unknown option", upload, files=file(), data={"options": json.dumps({"api_key": of("an option")})})
    wrong = json.dumps({"max_clips": of("an option's value")})
    yield post("an option's value", upload, files=file(), data={"options": wrong})
    yield post("options that are no JSON", upload, files=file(), data={"options": f"{{{of('options, not JSON')}"})
    yield post("a body that is no JSON", jobs, content=f'{{"key": "{of("a body, not JSON")}', headers=JSON)
    yield post("an unknown field", jobs, json={"kind": "highlights", "secret": of("an unknown field")})
    yield post("a kind", jobs, json={"kind": of("a kind"), "source": {"url": "https://example.invalid/a.mp4"}})
    yield post("a content type", upload, content=b"x", headers={"Content-Type": f"multipart/{of('a content type')}"})

    def source(place: str, url: str, **more: Any) -> tuple[str, int]:
        return post(place, jobs, json={"kind": "highlights", "source": {"url": url}, **more})

    yield source("userinfo of a source", f"https://user:{of('userinfo of a source')}@example.invalid/a.mp4")
    yield source("query of a source", f"https://source.invalid/a.mp4?X-Amz-Signature={of('query of a source')}")
    yield source("fragment of a source", f"https://source.invalid/a.mp4#{of('fragment of a source')}")
    yield source("a source that is forbidden", f"http://127.0.0.1:1/a.mp4?t={of('a source that is forbidden')}")
    hook = f"https://hooks.invalid/{of('path of a webhook')}?key={of('query of a webhook')}"
    yield source("a webhook", "https://source.invalid/a.mp4", webhook_url=hook)
    hook = f"https://user:{of('userinfo of a webhook')}@hooks.invalid/"
    yield source("userinfo of a webhook", "https://source.invalid/a.mp4", webhook_url=hook)
    yield source(
        "a webhook that is forbidden",
        "https://source.invalid/a.mp4",
        webhook_url=f"http://10.0.0.1/?k={of('a webhook that is forbidden')}",
    )


JSON = {"Content-Type": "application/json"}


def mumble(url: str, canaries: Canaries) -> None:
    """What is no HTTP."""
    parts = urlsplit(url)
    of = canaries.of
    for text in (
        f"{of('no HTTP')}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {of('a length')}\r\n\r\n",
        f"GET /{of('a request line')} HTTP/9\r\nBad Header: {of('a bad header')}\r\n\r\n",
    ):
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
            connection.sendall(text.encode())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
