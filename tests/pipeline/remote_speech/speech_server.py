"""A server on loopback that transcribes as told: OpenAI's endpoint for sound, with the manners of ``model_server``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback_server import post_server
from tests.pipeline.analyzers.model_server import send_json


@dataclass
class Sent:
    """One request as it came: the form's fields as lists, and the file."""

    path: str
    headers: dict[str, str]
    fields: dict[str, list[str]]
    sound: bytes

    def one(self, name: str) -> str | None:
        return self.fields[name][0] if name in self.fields else None


Reaction = Callable[[BaseHTTPRequestHandler, Any], None]


@dataclass
class SpeechServer:
    """Reacts to the first request with the first of ``reactions``, and to those after the last with the last."""

    url: str
    reactions: list[Reaction]
    sent: list[Sent] = field(default_factory=list)


def verbose(
    text: str = "Hello there, students.", *, start: float = 0.5, end: float = 4.0, **more: Any
) -> dict[str, Any]:
    """A whole answer: one segment, its words without punctuation, as OpenAI gives them."""
    words = [word.strip(".,?!") for word in text.split()]
    step = (end - start) / len(words)
    return {
        "task": "transcribe",
        "language": "english",
        "duration": end,
        "text": text,
        "segments": [
            {"id": 0, "seek": 0, "start": start, "end": end, "text": f" {text}", "tokens": [1], "temperature": 0.0}
            | {"avg_logprob": -0.2, "compression_ratio": 1.1, "no_speech_prob": 0.01}
        ],
        "words": [
            {"word": word, "start": start + i * step, "end": start + (i + 1) * step} for i, word in enumerate(words)
        ],
    } | more


def says(document: dict[str, Any] | None = None) -> Reaction:
    """Status 200 with this document."""
    return lambda handler, _sent: send_json(handler, 200, document or verbose())


@contextmanager
def speech_server(*reactions: Reaction) -> Iterator[SpeechServer]:
    """A server that runs as long as the context."""
    state = SpeechServer("", list(reactions) or [says()])

    def answer(handler: BaseHTTPRequestHandler, headers: dict[str, str], body: bytes) -> None:
        sent = _read(handler.path, headers, body)
        state.sent.append(sent)
        state.reactions[min(len(state.sent), len(state.reactions)) - 1](handler, sent)

    with post_server(answer) as state.url:
        yield state


def _read(path: str, headers: dict[str, str], body: bytes) -> Sent:
    message = BytesParser().parsebytes(b"content-type: " + headers["content-type"].encode() + b"\r\n\r\n" + body)
    sent = Sent(path, headers, {}, b"")
    for part in message.get_payload():
        assert not isinstance(part, str)
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if name == "file":
            sent.sound = content
        else:
            sent.fields.setdefault(str(name), []).append(content.decode())
    return sent
