"""A server on loopback that speaks both protocols of language models, and misbehaves as told."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback_server import post_server

LINE = re.compile(r"^\[(\d+)\] \d+:\d\d:\d\d (.+)$", re.MULTILINE)
IN_TOKENS, OUT_TOKENS = 100, 20


@dataclass
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def is_gemini(self) -> bool:
        return ":generateContent" in self.path

    @property
    def system(self) -> str:
        if self.is_gemini:
            return str(self.body["systemInstruction"]["parts"][0]["text"])
        return str(self.body["messages"][0]["content"])

    @property
    def text(self) -> str:
        if self.is_gemini:
            return str(self.body["contents"][0]["parts"][0]["text"])
        return str(self.body["messages"][1]["content"])

    @property
    def sentences(self) -> dict[int, str]:
        return {int(number): text for number, text in LINE.findall(self.text)}


Reaction = Callable[[BaseHTTPRequestHandler, Asked], None]


@dataclass
class ModelServer:
    """Reacts to the first request with the first of ``reactions``, and to those after the last with the last."""

    url: str
    reactions: list[Reaction] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def next(self, asked: Asked) -> Reaction:
        self.asked.append(asked)
        return self.reactions[min(len(self.asked), len(self.reactions)) - 1]


def good(asked: Asked) -> dict[str, Any]:
    """A topic at the first line and each tenth after, and each seventh sentence as a key, quoted as it is."""
    lines = asked.sentences
    first = min(lines)
    quote = " ".join(lines[first].split()[:8])
    return {
        "topics": [
            {"first": n, "title": f"Topic from {n}", "keywords": [], "importance": 0.9}
            for n in lines
            if n == first or n % 10 == 0
        ],
        "key_sentences": [
            {"number": n, "quote": text, "importance": 0.95, "reason": "definition"}
            for n, text in lines.items()
            if n % 7 == 0
        ],
        "summary": [{"text": "The lecture has a beginning.", "number": first, "quote": quote}],
    }


def says(make: Callable[[Asked], dict[str, Any] | str] | dict[str, Any] | str = good) -> Reaction:
    """A whole answer of the protocol with this content."""

    def react(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        content = make(asked) if callable(make) else make
        text = content if isinstance(content, str) else json.dumps(content)
        send_json(handler, 200, envelope(asked, text))

    return react


def envelope(asked: Asked, text: str | None, *, finish: str = "") -> dict[str, Any]:
    if asked.is_gemini:
        content = {"role": "model", "parts": [{"text": text}] if text is not None else []}
        return {
            "candidates": [{"content": content, "finishReason": finish or "STOP"}],
            "usageMetadata": {"promptTokenCount": IN_TOKENS, "candidatesTokenCount": OUT_TOKENS},
        }
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish or "stop"}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [choice],
        "usage": {"prompt_tokens": IN_TOKENS, "completion_tokens": OUT_TOKENS, "total_tokens": IN_TOKENS + OUT_TOKENS},
    }


def status(code: int, body: dict[str, Any] | None = None, **headers: str) -> Reaction:
    """An error of the protocol, which tells the key back as careless gateways do."""

    def react(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        shown = asked.headers.get("x-goog-api-key") or asked.headers.get("authorization", "")
        told = body or {"error": {"code": code, "message": f"no, not with {shown}", "status": "NO"}}
        send_json(handler, code, told, {name.replace("_", "-"): value for name, value in headers.items()})

    return react


def raw(body: bytes, content_type: str = "application/json", **headers: str) -> Reaction:
    """Status 200 with these bytes."""

    def react(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        _head(handler, 200, len(body), content_type, {name.replace("_", "-"): value for name, value in headers.items()})
        handler.wfile.write(body)

    return react


def blocked(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
    """A safety filter."""
    if asked.is_gemini:
        send_json(handler, 200, {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9}})
    else:
        send_json(handler, 200, envelope(asked, None, finish="content_filter"))


def cut(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
    """Half an answer, then the connection ends."""
    _head(handler, 200, 1000, "application/json", {})
    handler.wfile.write(b'{"candidates": [')
    handler.close_connection = True


def hang_up(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
    """The connection ends without an answer."""
    handler.close_connection = True


def silent(seconds: float) -> Reaction:
    """Nothing for a while."""

    def react(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return react


def endless(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
    """A great answer that never ends."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.end_headers()
    handler.close_connection = True
    with suppress(OSError):
        while True:
            handler.wfile.write(b" " * 65536)


def dripping(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
    """Byte by byte, so that no read times out."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.end_headers()
    handler.close_connection = True
    with suppress(OSError):
        for _ in range(600):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)


def send_json(
    handler: BaseHTTPRequestHandler, code: int, document: dict[str, Any], headers: dict[str, str] | None = None
) -> None:
    body = json.dumps(document).encode()
    _head(handler, code, len(body), "application/json", headers or {})
    handler.wfile.write(body)


def _head(handler: BaseHTTPRequestHandler, code: int, size: int, kind: str, headers: dict[str, str]) -> None:
    handler.send_response(code)
    for name, value in {"content-type": kind, "content-length": str(size), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()


@contextmanager
def model_server(*reactions: Reaction) -> Iterator[ModelServer]:
    """A server that runs as long as the context."""
    state = ModelServer("", list(reactions) or [says()])

    def answer(handler: BaseHTTPRequestHandler, headers: dict[str, str], body: bytes) -> None:
        asked = Asked(handler.path, headers, json.loads(body))
        state.next(asked)(handler, asked)

    with post_server(answer) as state.url:
        yield state
