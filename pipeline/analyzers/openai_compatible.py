"""Servers that speak the OpenAI protocol (OpenAI, Ollama, vLLM, …); openai is imported in this file only."""

import httpx2
import openai
from openai.types.chat import ChatCompletion
from openai.types.shared_params import ResponseFormatJSONSchema

from pipeline.analyzers.answer import SCHEMA
from pipeline.analyzers.http_client import make_client, never_connected, wait_s
from pipeline.analyzers.model import (
    CUT_OFF,
    OPENAI_COMPATIBLE,
    KeyRefused,
    ModelBusy,
    ModelRefused,
    Prompt,
    Reply,
)

MOST_OUTPUT_TOKENS = 16_384
_FORMAT: ResponseFormatJSONSchema = {
    "type": "json_schema",
    "json_schema": {"name": "lecture", "strict": True, "schema": SCHEMA},
}
_NO_KEY = "none"
"""The library insists on one; servers of one's own often have none."""


class OpenAICompatible:
    """One model of one server."""

    backend = OPENAI_COMPATIBLE

    def __init__(self, key: str | None, model: str, base_url: str, timeout_s: float) -> None:
        self.identity = f"{OPENAI_COMPATIBLE} {model} {base_url}"
        self.model = model
        self._http = make_client(timeout_s)
        self._client = openai.OpenAI(
            api_key=key or _NO_KEY, base_url=base_url, max_retries=0, timeout=timeout_s, http_client=self._http
        )
        self._plain = False

    def ask(self, prompt: Prompt, timeout_s: float) -> Reply:
        """See LanguageModel. A server that does not take the schema or the bound of the answer gets neither from then
        on; the prompt has the schema too.
        """
        try:
            return _reply(self._complete(prompt, timeout_s))
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if self._plain:
                raise translated(error) from None
            self._plain = True
            raise ModelBusy(f"answered {error.status_code}", unpaid=True) from None
        except openai.APIError as error:
            raise translated(error) from None
        except (httpx2.HTTPError, ValueError) as error:
            raise ModelBusy(f"gave an answer that is not its protocol ({type(error).__name__})") from None

    def _complete(self, prompt: Prompt, timeout_s: float) -> ChatCompletion:
        return self._client.chat.completions.create(
            model=self.model,
            messages=[
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.text},
            ],
            response_format=openai.omit if self._plain else _FORMAT,
            max_completion_tokens=openai.omit if self._plain else MOST_OUTPUT_TOKENS,
            timeout=timeout_s,
        )

    def close(self) -> None:
        """See LanguageModel."""
        self._http.close()


def _reply(answer: ChatCompletion) -> Reply:
    """The library does not check what a server sends: each part may be missing or of another type. Raises ModelBusy."""
    used = getattr(answer, "usage", None)
    paid = (_count(used, "prompt_tokens"), _count(used, "completion_tokens"))
    at_hand = _count(getattr(used, "prompt_tokens_details", None), "cached_tokens")
    choices = getattr(answer, "choices", None)
    if not isinstance(choices, list):  # the page of a proxy, say: nobody has paid for it
        raise ModelBusy("gave an answer that is not its protocol")
    choice = choices[0] if choices else None
    message = getattr(choice, "message", None)
    text = getattr(message, "content", None)
    if getattr(choice, "finish_reason", None) == "content_filter" or getattr(message, "refusal", None):
        why = "The answer was withheld by a safety filter."
        return Reply("", *paid, problem=why, withheld=True, cached_input_tokens=at_hand)
    if not isinstance(text, str) or not text:
        return Reply("", *paid, problem="The answer is empty.", cached_input_tokens=at_hand)
    problem = CUT_OFF if getattr(choice, "finish_reason", None) == "length" else None
    return Reply(text, *paid, problem=problem, cached_input_tokens=at_hand)


def _count(used: object, name: str) -> int:
    value = getattr(used, name, 0)
    return value if isinstance(value, int) and value > 0 else 0


def translated(
    error: openai.APIError,
    settings: str = "LECTERN_OPENAI_MODEL, LECTERN_OPENAI_BASE_URL and LECTERN_ANALYZER_WINDOW_CHARS",
) -> ModelBusy | ModelRefused:
    """What an error of the library means, in words that hold nothing of the answer. ``settings`` may be at fault."""
    if not isinstance(error, openai.APIStatusError):
        reason = f"could not be reached or broke off ({type(error).__name__})"
        return ModelBusy(reason, unpaid=never_connected(error.__cause__))
    status = error.status_code
    if status == 429 and error.code == "insufficient_quota":
        return ModelRefused("answered 429: the quota of OPENAI_API_KEY is used up, see the account's billing")
    if status in (408, 409, 429) or status >= 500:
        return ModelBusy(f"answered {status}", wait_s(error.response.headers), unpaid=True)
    if status in (401, 403):
        return KeyRefused(f"answered {status}: check OPENAI_API_KEY")
    return ModelRefused(f"answered {status}: check {settings}")
