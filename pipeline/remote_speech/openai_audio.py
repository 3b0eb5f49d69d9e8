"""OpenAI's transcription endpoint, and servers that speak its protocol: one request for one parcel of sound.

It is a LanguageModel, so that all that is known about asking serves it too: patience, cancelling, and the cache that
never pays twice. It is asked for a parcel by its digest, see ``parcel_prompt``.
"""

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import openai

from pipeline.analyzers.http_client import make_client
from pipeline.analyzers.model import ModelBusy, ModelRefused, Prompt, Reply
from pipeline.analyzers.openai_compatible import translated
from pipeline.remote_speech.prompt import BACKEND

SETTINGS = "LECTERN_OPENAI_SPEECH_MODEL and LECTERN_OPENAI_SPEECH_BASE_URL"
_NO_KEY = "none"
"""The library insists on one; servers of one's own often have none."""


class OpenAIAudio:
    """One speech model of one server. ``sounds`` are FLAC files by their digest."""

    backend = BACKEND

    def __init__(
        self, key: str | None, model: str, base_url: str, timeout_s: float, sounds: Mapping[str, bytes]
    ) -> None:
        self.identity = f"{BACKEND} audio {model} {base_url}"
        self.model = model
        self._sounds = sounds
        self._http = make_client(timeout_s)
        self._client = openai.OpenAI(
            api_key=key or _NO_KEY, base_url=base_url, max_retries=0, timeout=timeout_s, http_client=self._http
        )
        self._plain = False

    def ask(self, prompt: Prompt, timeout_s: float) -> Reply:
        """See LanguageModel. The answer is the JSON document as it came.

        A model that has no times for words is asked for bare text from then on.
        """
        try:
            return Reply(_document(self._send(prompt, timeout_s)), 0, 0)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if self._plain:
                raise translated(error, SETTINGS) from None
            self._plain = True
            raise ModelBusy(f"answered {error.status_code}", unpaid=True) from None
        except openai.APIStatusError as error:
            if error.status_code == 413:
                raise ModelRefused("takes no files of this size (413)") from None
            raise translated(error, SETTINGS) from None
        except openai.APIError as error:
            raise translated(error, SETTINGS) from None
        except (httpx2.HTTPError, ValueError) as error:
            raise ModelBusy(f"gave an answer that is not its protocol ({type(error).__name__})") from None

    def _send(self, prompt: Prompt, timeout_s: float) -> str:
        asked: dict[str, Any] = json.loads(prompt.text)
        options: dict[str, Any] = (
            {"response_format": "json"}
            if self._plain
            else {"response_format": "verbose_json", "timestamp_granularities": ["word", "segment"]}
        )
        answer = self._client.audio.transcriptions.with_raw_response.create(
            file=("lecture.flac", self._sounds[asked["sha256"]], "audio/flac"),
            model=self.model,
            language=asked["language"] or openai.omit,
            prompt=prompt.system or openai.omit,
            timeout=timeout_s,
            **options,
        )
        return answer.http_response.text

    def close(self) -> None:
        """See LanguageModel."""
        self._http.close()


def _document(text: str) -> str:
    """The text, where it is a JSON object that has words. Raises ValueError."""
    document = json.loads(text)
    if not isinstance(document, dict) or not isinstance(document.get("text"), str):
        raise ValueError("no transcript")
    return text
