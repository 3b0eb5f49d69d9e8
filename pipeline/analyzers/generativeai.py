"""Gemini through google-generativeai: end of life, an extra, imported only where it is installed and chosen.

Its errors are recognised by the ``code`` that they carry, since the classes are in a package of its own.
"""

import importlib
from typing import Any

from pipeline.analyzers.answer import SCHEMA
from pipeline.analyzers.http_client import wait_s
from pipeline.analyzers.model import (
    CUT_OFF,
    GEMINI,
    GEMINI_OUTPUT_TOKENS,
    KeyRefused,
    ModelBusy,
    ModelRefused,
    Prompt,
    Reply,
)

INSTALL = "pip install 'lectern[google-generativeai]'"
BAD_REQUEST = 400
_CUT = "MAX_TOKENS"
_FINE = ("STOP", "FINISH_REASON_UNSPECIFIED")


class GenerativeAI:
    """One model of Gemini through the old library. Raises ModelRefused where that is not installed."""

    backend = GEMINI

    def __init__(self, key: str, model: str, base_url: str | None) -> None:
        self.identity = f"{GEMINI} generativeai {model} {base_url or ''}"
        self.model = model
        try:
            self._library: Any = importlib.import_module("google.generativeai")
        except ImportError:
            reason = f"needs google-generativeai, which is not installed. Install it with: {INSTALL}"
            raise ModelRefused(reason, "dependency_missing") from None
        endpoint = {"api_endpoint": base_url} if base_url else None
        self._library.configure(api_key=key, transport="rest", client_options=endpoint)
        self._plain = False

    def ask(self, prompt: Prompt, timeout_s: float) -> Reply:
        """See LanguageModel. A model that does not take the schema gets none from then on; the prompt has it too."""
        model = self._library.GenerativeModel(self.model, system_instruction=prompt.system)
        config: dict[str, Any] = {"max_output_tokens": GEMINI_OUTPUT_TOKENS}
        if not self._plain:
            config |= {"response_mime_type": "application/json", "response_schema": subset(SCHEMA)}
        try:
            answer = model.generate_content(
                prompt.text, generation_config=config, request_options={"timeout": timeout_s, "retry": None}
            )
        except Exception as error:  # the library's classes cannot be named without it
            if getattr(error, "code", None) != BAD_REQUEST or self._plain or _wrong_key(error):
                raise _translated(error) from None
            self._plain = True
            raise ModelBusy(f"answered {BAD_REQUEST}", unpaid=True) from None
        return _reply(answer)

    def close(self) -> None:
        """See LanguageModel. The library has nothing to close."""


def subset(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema in the library's own form, which knows no ``additionalProperties`` and calls an enum a format."""
    out = {name: value for name, value in schema.items() if name != "additionalProperties"}
    if "enum" in schema:
        out["format"] = "enum"
    if "items" in schema:
        out["items"] = subset(schema["items"])
    if "properties" in schema:
        out["properties"] = {name: subset(value) for name, value in schema["properties"].items()}
    return out


def _reply(answer: Any) -> Reply:
    used = answer.usage_metadata
    # Thinking is in the whole alone: the library is older than that.
    written = max(used.candidates_token_count, used.total_token_count - used.prompt_token_count)
    paid = {
        "input_tokens": used.prompt_token_count,
        "output_tokens": written,
        "cached_input_tokens": used.cached_content_token_count,
    }
    candidate = answer.candidates[0] if answer.candidates else None
    if candidate is None:
        blocked = bool(answer.prompt_feedback.block_reason)
        problem = "The prompt was blocked by a safety filter." if blocked else "The answer is empty."
        return Reply("", problem=problem, withheld=blocked, **paid)
    text = "".join(part.text for part in candidate.content.parts)
    finish = getattr(candidate.finish_reason, "name", "")
    if finish == _CUT:
        return Reply(text, problem=CUT_OFF, **paid)
    if finish not in _FINE:
        return Reply(text, problem="The answer was withheld by a filter.", withheld=True, **paid)
    return Reply(text, **paid)


def _translated(error: Exception) -> ModelBusy | ModelRefused:
    code = getattr(error, "code", None)
    if not isinstance(code, int):
        return ModelBusy("could not be reached or broke off")
    if _wrong_key(error):
        return KeyRefused(f"answered {int(code)}: check GEMINI_API_KEY")
    if 400 <= code < 500 and code not in (408, 429):
        return ModelRefused(
            f"answered {int(code)}: check LECTERN_GEMINI_MODEL and LECTERN_ANALYZER_WINDOW_CHARS",
        )
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    asked_s = wait_s(headers) or next(filter(None, map(_delay_s, getattr(error, "details", ()))), None)
    return ModelBusy(f"answered {int(code)}", asked_s, unpaid=True)


def _delay_s(note: object) -> float:
    """Of a ``google.rpc.RetryInfo``; 0 for other details of an error."""
    return float(getattr(getattr(note, "retry_delay", None), "seconds", 0))


def _wrong_key(error: Exception) -> bool:
    return getattr(error, "code", None) in (401, 403) or "API_KEY_INVALID" in str(getattr(error, "details", ""))
