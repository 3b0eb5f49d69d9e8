"""Gemini through google-generativeai: end of life, an extra, imported only where it is installed and chosen.

Its errors are recognised by the ``code`` that they carry, since the classes are in a package of its own.
"""

import importlib
from typing import Any

from pipeline.analyzers.model import GEMINI, GEMINI_OUTPUT_TOKENS, ModelBusy, ModelRefused, Prompt, Reply

INSTALL = "pip install 'lectern[google-generativeai]'"


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

    def ask(self, prompt: Prompt, timeout_s: float) -> Reply:
        """See LanguageModel. The schema is in the prompt: the library's own form of schemas lacks half of it."""
        model = self._library.GenerativeModel(self.model, system_instruction=prompt.system)
        config = {"response_mime_type": "application/json", "max_output_tokens": GEMINI_OUTPUT_TOKENS}
        try:
            answer = model.generate_content(
                prompt.text, generation_config=config, request_options={"timeout": timeout_s, "retry": None}
            )
        except Exception as error:  # the library's classes cannot be named without it
            raise _translated(error) from None
        used = answer.usage_metadata
        paid = (used.prompt_token_count, used.candidates_token_count)
        try:
            return Reply(answer.text, *paid)
        except ValueError:  # nothing in it, or blocked
            return Reply("", *paid, problem="The answer is empty or was withheld.", withheld=True)

    def close(self) -> None:
        """See LanguageModel. The library has nothing to close."""


def _translated(error: Exception) -> ModelBusy | ModelRefused:
    code = getattr(error, "code", None)
    if isinstance(code, int) and 400 <= code < 500 and code not in (408, 429):
        return ModelRefused(f"answered {int(code)}: check GEMINI_API_KEY and LECTERN_GEMINI_MODEL")
    if isinstance(code, int):
        return ModelBusy(f"answered {int(code)}", unpaid=True)
    return ModelBusy("could not be reached or broke off")
