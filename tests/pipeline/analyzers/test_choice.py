"""What ``auto`` means, and what is told where a model is not set up."""

import importlib.util
from typing import Any

import pytest
from google.genai import types

from app.core.settings import Settings
from pipeline.analyzers.answer import REASONS, SCHEMA
from pipeline.analyzers.choice import chosen, model_named, open_model
from pipeline.analyzers.generativeai import INSTALL, subset
from pipeline.analyzers.model import ModelRefused
from tests.pipeline.analyzers.conversation import KEY, analyst, lecture

GEMINI: dict[str, Any] = {"gemini_api_key": KEY}
SERVER: dict[str, Any] = {"openai_base_url": "http://127.0.0.1:9/v1", "openai_model": "m"}


@pytest.mark.parametrize(
    ("analyzer", "given", "name"),
    [
        ("auto", {}, "local"),
        ("auto", GEMINI, "gemini"),
        ("auto", SERVER, "openai-compatible"),
        ("auto", GEMINI | SERVER, "gemini"),
        ("auto", {"openai_api_key": KEY}, "local"),
        ("local", GEMINI | SERVER, "local"),
        ("openai-compatible", GEMINI, "openai-compatible"),
    ],
)
def test_auto_is_what_the_server_is_set_up_for(analyzer: str, given: dict[str, Any], name: str) -> None:
    assert chosen(analyzer, Settings(_env_file=None, **given)) == name


@pytest.mark.parametrize(
    ("analyzer", "given", "names"),
    [
        ("gemini", {}, "GEMINI_API_KEY"),
        ("openai-compatible", {}, "LECTERN_OPENAI_BASE_URL"),
        ("openai-compatible", {"openai_api_key": KEY}, "LECTERN_OPENAI_MODEL"),
    ],
)
def test_what_is_not_set_up_is_a_warning_that_names_the_setting(
    analyzer: str, given: dict[str, Any], names: str
) -> None:
    found, usage = analyst(Settings(_env_file=None, **given)).analyse(lecture(), analyzer)
    assert (found.backend, usage) == ("local", None)
    assert [w.code for w in found.warnings] == ["analyzer_fallback"]
    assert names in found.warnings[0].detail


def test_without_a_base_url_the_key_goes_to_openai_alone() -> None:
    model = open_model("openai-compatible", Settings(_env_file=None, openai_api_key=KEY, openai_model="m"))
    assert model.identity == "openai-compatible m https://api.openai.com/v1"
    model.close()


@pytest.mark.parametrize("backend", ["gemini", "openai-compatible"])
def test_an_identity_holds_no_key(backend: str) -> None:
    model = open_model(backend, Settings(_env_file=None, **GEMINI, **SERVER, openai_api_key=KEY))
    assert KEY not in model.identity + repr(model)
    model.close()


@pytest.mark.skipif(
    importlib.util.find_spec("google.generativeai") is not None, reason="google-generativeai is installed"
)
def test_the_old_library_is_asked_for_where_it_is_chosen_and_missing() -> None:
    settings = Settings(_env_file=None, **GEMINI, gemini_library="google-generativeai")
    with pytest.raises(ModelRefused) as caught:
        open_model("gemini", settings)
    assert caught.value.code == "dependency_missing"
    found, _ = analyst(settings).analyse(lecture(), "auto")
    assert (found.backend, [w.code for w in found.warnings]) == ("local", ["dependency_missing"])
    assert INSTALL in found.warnings[0].detail


def test_the_old_library_gets_the_schema_in_the_form_of_gemini() -> None:
    """The new library knows the same form, and takes nothing that is not in it."""
    read = types.Schema.model_validate(subset(SCHEMA))
    assert read.required == SCHEMA["required"]
    assert read.properties
    key = read.properties["key_sentences"].items
    assert key is not None
    assert key.properties
    assert key.properties["reason"].enum == list(REASONS)


def test_what_is_asked_otherwise_may_be_found_otherwise() -> None:
    settings = Settings(_env_file=None, **GEMINI)
    wider = settings.model_copy(update={"analyzer_window_chars": 50_000})
    assert model_named("auto", settings) != model_named("auto", wider)
    assert model_named("local", settings) == model_named("local", wider) == ("local",)


@pytest.mark.parametrize("url", ["ftp://host", "http://user:pw@host/v1", "https://host/v1?key=x", "host", "http://"])
def test_addresses_that_could_hold_a_secret_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"openai_base_url|OPENAI_BASE_URL"):
        Settings(_env_file=None, openai_base_url=url)
