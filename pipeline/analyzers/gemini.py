"""Gemini through google-genai, which is imported in this file only."""

import re
from dataclasses import replace

import httpx2
from google import genai
from google.genai import errors, types

from pipeline.analyzers.answer import SCHEMA
from pipeline.analyzers.http_client import make_client, never_connected, wait_s
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

_DELAY = re.compile(r"^(\d+(?:\.\d+)?)s$")
_FINE = (types.FinishReason.STOP, None)
BAD_REQUEST = 400


class Gemini:
    """One model of Gemini. ``base_url`` None is Google's own."""

    backend = GEMINI

    def __init__(self, key: str, model: str, base_url: str | None, timeout_s: float) -> None:
        self.identity = f"{GEMINI} {model} {base_url or ''}"
        self.model = model
        self._http = make_client(timeout_s)
        self._client = genai.Client(
            api_key=key,
            vertexai=False,  # whatever the environment says
            http_options=types.HttpOptions(base_url=base_url, httpx_client=self._http),
        )
        self._plain = False

    def ask(self, prompt: Prompt, timeout_s: float) -> Reply:
        """See LanguageModel. A model that does not take the schema gets none from then on; the prompt has it too."""
        config = types.GenerateContentConfig(
            system_instruction=prompt.system,
            response_mime_type=None if self._plain else "application/json",
            response_json_schema=None if self._plain else SCHEMA,
            candidate_count=1,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            max_output_tokens=GEMINI_OUTPUT_TOKENS,
            http_options=types.HttpOptions(timeout=max(1, int(timeout_s * 1000))),
        )
        try:
            answer = self._client.models.generate_content(model=self.model, contents=prompt.text, config=config)
        except errors.APIError as error:
            if error.code != BAD_REQUEST or self._plain or _wrong_key(error):
                raise _translated(error) from None
            self._plain = True
            raise ModelBusy(f"answered {BAD_REQUEST}", unpaid=True) from None
        except httpx2.HTTPError as error:
            reason = f"could not be reached or broke off ({type(error).__name__})"
            raise ModelBusy(reason, unpaid=never_connected(error)) from None
        except ValueError:  # not JSON, or JSON of another shape
            raise ModelBusy("gave an answer that is not its protocol") from None
        except RecursionError:  # it parses the text on its own account; asking again would be paid again
            return Reply("", 0, 0, problem="The answer is not valid JSON.")
        return _reply(answer)

    def close(self) -> None:
        """See LanguageModel."""
        self._client.close()
        self._http.close()


def _reply(answer: types.GenerateContentResponse) -> Reply:
    used = answer.usage_metadata or types.GenerateContentResponseUsageMetadata()
    reply = Reply(
        "",
        used.prompt_token_count or 0,
        (used.candidates_token_count or 0) + (used.thoughts_token_count or 0),
        cached_input_tokens=used.cached_content_token_count or 0,
    )
    blocked = answer.prompt_feedback and answer.prompt_feedback.block_reason
    if blocked:
        return replace(reply, problem="The prompt was blocked by a safety filter.", withheld=True)
    candidate = answer.candidates[0] if answer.candidates else None
    if candidate is None:
        return replace(reply, problem="The answer is empty.")
    parts = candidate.content.parts if candidate.content and candidate.content.parts else []
    text = "".join(part.text for part in parts if part.text and not part.thought)
    if candidate.finish_reason not in _FINE:
        cut = candidate.finish_reason is types.FinishReason.MAX_TOKENS
        problem = CUT_OFF if cut else "The answer was withheld by a filter."
        return replace(reply, text=text, problem=problem, withheld=not cut)
    return replace(reply, text=text)


def _translated(error: errors.APIError) -> ModelBusy | ModelRefused:
    if error.code in (408, 429) or error.code >= 500:
        asked_s = wait_s(error.response.headers) if error.response is not None else None
        return ModelBusy(f"answered {error.code}", asked_s or _retry_info_s(error.details), unpaid=True)
    if _wrong_key(error):
        return KeyRefused(f"answered {error.code}: check GEMINI_API_KEY")
    return ModelRefused(f"answered {error.code}: check LECTERN_GEMINI_MODEL and LECTERN_ANALYZER_WINDOW_CHARS")


def _wrong_key(error: errors.APIError) -> bool:
    return error.code in (401, 403) or "API_KEY_INVALID" in str(error.details)


def _retry_info_s(details: object) -> float | None:
    """Google says it in the body: ``{"error": {"details": [{"@type": "…RetryInfo", "retryDelay": "13s"}]}}``."""
    inner = details.get("error") if isinstance(details, dict) else None
    notes = inner.get("details") if isinstance(inner, dict) else None
    for note in notes if isinstance(notes, list) else ():
        delay = _DELAY.match(str(note.get("retryDelay"))) if isinstance(note, dict) else None
        if delay:
            return float(delay[1])
    return None
