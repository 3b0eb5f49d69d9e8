"""Gemini through google-genai, which is imported in this file only."""

import re

import httpx2
from google import genai
from google.genai import errors, types

from pipeline.analyzers.answer import SCHEMA
from pipeline.analyzers.http_client import make_client, never_connected, retry_after_s
from pipeline.analyzers.model import GEMINI, GEMINI_OUTPUT_TOKENS, ModelBusy, ModelRefused, Prompt, Reply

"""Thinking counts as well."""
_DELAY = re.compile(r"^(\d+(?:\.\d+)?)s$")
_FINE = (types.FinishReason.STOP, None)


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

    def ask(self, prompt: Prompt, timeout_s: float) -> Reply:
        """See LanguageModel."""
        config = types.GenerateContentConfig(
            system_instruction=prompt.system,
            response_mime_type="application/json",
            response_json_schema=SCHEMA,
            candidate_count=1,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            max_output_tokens=GEMINI_OUTPUT_TOKENS,
            http_options=types.HttpOptions(timeout=max(1, int(timeout_s * 1000))),
        )
        try:
            answer = self._client.models.generate_content(model=self.model, contents=prompt.text, config=config)
        except errors.APIError as error:
            raise _translated(error) from None
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
    paid = (used.prompt_token_count or 0, (used.candidates_token_count or 0) + (used.thoughts_token_count or 0))
    blocked = answer.prompt_feedback and answer.prompt_feedback.block_reason
    if blocked:
        return Reply("", *paid, problem="The prompt was blocked by a safety filter.", withheld=True)
    candidate = answer.candidates[0] if answer.candidates else None
    if candidate is None:
        return Reply("", *paid, problem="The answer is empty.")
    parts = candidate.content.parts if candidate.content and candidate.content.parts else []
    text = "".join(part.text for part in parts if part.text and not part.thought)
    if candidate.finish_reason not in _FINE:
        cut = candidate.finish_reason is types.FinishReason.MAX_TOKENS
        problem = "The answer was cut off." if cut else "The answer was withheld by a filter."
        return Reply(text, *paid, problem=problem, withheld=not cut)
    return Reply(text, *paid)


def _translated(error: errors.APIError) -> ModelBusy | ModelRefused:
    if error.code in (408, 429) or error.code >= 500:
        header = error.response.headers.get("retry-after") if error.response is not None else None
        wait_s = retry_after_s(header) or _retry_info_s(error.details)
        return ModelBusy(f"answered {error.code}", wait_s, unpaid=True)
    return ModelRefused(f"answered {error.code}{_hint(error)}")


def _hint(error: errors.APIError) -> str:
    wrong_key = error.code in (401, 403) or "API_KEY_INVALID" in str(error.details)
    return ": check GEMINI_API_KEY" if wrong_key else ": check LECTERN_GEMINI_MODEL"


def _retry_info_s(details: object) -> float | None:
    """Google says it in the body: ``{"error": {"details": [{"@type": "…RetryInfo", "retryDelay": "13s"}]}}``."""
    inner = details.get("error") if isinstance(details, dict) else None
    notes = inner.get("details") if isinstance(inner, dict) else None
    for note in notes if isinstance(notes, list) else ():
        delay = _DELAY.match(str(note.get("retryDelay"))) if isinstance(note, dict) else None
        if delay:
            return float(delay[1])
    return None
