"""Settings from the environment, and ``.env.example`` equal to them."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import AliasChoices, ValidationError
from pydantic.fields import FieldInfo

from app.core.settings import Settings

ENV_EXAMPLE = Path(__file__).resolve().parents[3] / ".env.example"
HEADER = """\
# Settings of Lectern, each with its default. Nothing is required: what is not given is embedded.
# Copy this file to .env, or set the variables in the environment.
"""


def variable(name: str, field: FieldInfo) -> str:
    """The first name a setting answers to."""
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"LECTERN_{name.upper()}"


def as_text(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def env_example() -> str:
    """What ``.env.example`` should be."""
    blocks = [HEADER]
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        others = alias.choices[1:] if isinstance(alias, AliasChoices) else []
        also = f" Also: {', '.join(map(str, others))}." if others else ""
        blocks.append(f"# {field.description}{also}\n#{variable(name, field)}={as_text(field.default)}\n")
    return "\n".join(blocks)


def test_env_example_is_up_to_date() -> None:
    assert ENV_EXAMPLE.read_text() == env_example()


def test_env_example_as_it_stands_gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(re.sub(r"^#(?=[A-Z_0-9]+=)", "", ENV_EXAMPLE.read_text(), flags=re.MULTILINE))
    assert Settings(_env_file=path) == Settings(_env_file=None)


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("variable", "field"),
    [
        ("LECTERN_DATABASE_URL", "database_url"),
        ("DATABASE_URL", "database_url"),
        ("REDIS_URL", "broker_url"),
        ("S3_BUCKET", "s3_bucket"),
        ("AWS_ENDPOINT_URL", "s3_endpoint_url"),
        ("AWS_DEFAULT_REGION", "aws_region"),
        ("AWS_ACCESS_KEY_ID", "aws_access_key_id"),
    ],
)
def test_conventional_names(monkeypatch: pytest.MonkeyPatch, variable: str, field: str) -> None:
    monkeypatch.setenv(variable, "redis://x")
    value = getattr(Settings(_env_file=None), field)
    assert (value if isinstance(value, str) else value.get_secret_value()) == "redis://x"


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LECTERN_CORS_ORIGINS", "https://a.example, https://b.example,")
    assert Settings(_env_file=None).cors_origins == ("https://a.example", "https://b.example")


def test_secrets_are_not_printed() -> None:
    settings = Settings(_env_file=None, database_url="postgresql://u:hunter2@h/d", secret_key="hunter2")
    assert "hunter2" not in repr(settings)


def test_out_of_range() -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, port=70000)


def test_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None).port = 1  # type: ignore[misc]
