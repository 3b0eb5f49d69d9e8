"""What Lectern asks of a language model, and the three ways in which it may not answer."""

from dataclasses import dataclass
from typing import Protocol

GEMINI, OPENAI_COMPATIBLE = "gemini", "openai-compatible"
GEMINI_OUTPUT_TOKENS = 32_768
"""Thinking counts as well."""
CUT_OFF = "The answer was cut off: it is too long. Give fewer key sentences."


@dataclass(frozen=True)
class Prompt:
    """``system`` says what to do; ``text`` is the data it is done to."""

    system: str
    text: str


@dataclass(frozen=True)
class Reply:
    """An answer that was paid for. ``problem`` says why ``text`` is no use (withheld, cut off), None where it may be.

    ``withheld``: a safety filter stood before it, and would again. ``cached_input_tokens`` are those of
    ``input_tokens`` that the server had at hand, and may have charged less for.
    """

    text: str
    input_tokens: int
    output_tokens: int
    problem: str | None = None
    withheld: bool = False
    cached_input_tokens: int = 0


class ModelBusy(Exception):
    """Asking again may help. The text is a clause for a person (“answered 429”) and never the library's own words,
    which may hold the key. ``retry_after_s`` is what the server asked for. ``unpaid``: there was surely no answer, as
    with an error of HTTP; else one may have been made, and paid, that was lost on the way.
    """

    def __init__(self, reason: str, retry_after_s: float | None = None, *, unpaid: bool = False) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s
        self.unpaid = unpaid


class ModelRefused(Exception):
    """Asking again cannot help: the key, the model's name or the request is not accepted. ``code`` is the warning's."""

    def __init__(self, reason: str, code: str = "analyzer_fallback") -> None:
        super().__init__(reason)
        self.code = code


class KeyRefused(ModelRefused):
    """It is the key that is not accepted."""


class LanguageModel(Protocol):
    """``backend`` is the name of the option, ``model`` that of the model. ``identity`` also says where, for the cache.

    None of them holds a secret.
    """

    backend: str
    model: str
    identity: str

    def ask(self, prompt: Prompt, timeout_s: float) -> Reply:
        """One request, one answer; no retries. Raises ModelBusy or ModelRefused."""

    def close(self) -> None:
        """Let go of connections; not while ``ask`` runs."""
