"""Which analyzer a job gets, and the model behind it as the operator has set it up.

A model's library is imported when it is chosen: together they take longer to import than all else a worker has.
"""

from app.core.settings import Settings
from pipeline.analyzers.model import GEMINI, OPENAI_COMPATIBLE, LanguageModel, ModelRefused
from pipeline.analyzers.prompt import VERSION

LOCAL = "local"
OPENAI_URL = "https://api.openai.com/v1"


def chosen(analyzer: str, settings: Settings) -> str:
    """What ``auto`` means here: Gemini with a key, else the server with an address, else nothing remote."""
    if analyzer != "auto":
        return analyzer
    if settings.gemini_api_key is not None:
        return GEMINI
    return OPENAI_COMPATIBLE if settings.openai_base_url else LOCAL


def model_named(analyzer: str, settings: Settings) -> tuple[str | None, ...]:
    """What answers for ``analyzer``: another model, or one that is asked otherwise, may find other topics."""
    name = chosen(analyzer, settings)
    if name == LOCAL:
        return (name,)
    asked = (f"{VERSION} {settings.analyzer_window_chars}", name)
    if name == GEMINI:
        return *asked, settings.gemini_library, settings.gemini_model, settings.gemini_base_url
    return *asked, settings.openai_model, settings.openai_base_url


def open_model(name: str, settings: Settings) -> LanguageModel:
    """The model of a remote analyzer. Raises ModelRefused where it is not set up or its library is missing."""
    return _gemini(settings) if name == GEMINI else _openai(settings)


def _gemini(settings: Settings) -> LanguageModel:
    if settings.gemini_api_key is None:
        raise ModelRefused("is not set up on this server: set GEMINI_API_KEY")
    key, model, url = settings.gemini_api_key.get_secret_value(), settings.gemini_model, settings.gemini_base_url
    if settings.gemini_library == "google-generativeai":
        from pipeline.analyzers.generativeai import GenerativeAI  # noqa: PLC0415

        return GenerativeAI(key, model, url)
    from pipeline.analyzers.gemini import Gemini  # noqa: PLC0415

    return Gemini(key, model, url, settings.analyzer_timeout_s)


def _openai(settings: Settings) -> LanguageModel:
    if settings.openai_api_key is None and settings.openai_base_url is None:
        raise ModelRefused("is not set up on this server: set LECTERN_OPENAI_BASE_URL or OPENAI_API_KEY")
    if settings.openai_model is None:
        raise ModelRefused("is not set up on this server: set LECTERN_OPENAI_MODEL")
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    from pipeline.analyzers.openai_compatible import OpenAICompatible  # noqa: PLC0415

    return OpenAICompatible(
        key, settings.openai_model, settings.openai_base_url or OPENAI_URL, settings.analyzer_timeout_s
    )
