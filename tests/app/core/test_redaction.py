"""Nothing that looks like a secret, and nothing configured as one, is left in a text; what is none is left alone."""

import pytest

from app.core.redaction import redact, redact_all, secret_values
from app.services.api_keys import ALPHABET, KEY
from tests.app.conftest import make_settings

CANARY = "C4naryC4naryC4naryC4naryC4naryC4naryC4nary0"
"""43 characters of base 62, as the secret part of a key."""
HIDDEN = [
    f"the key lk_0123456789_{CANARY} was shown",
    f"lk_{CANARY}",
    f"Authorization: Bearer {CANARY}",
    f"{{'authorization': 'bearer {CANARY}'}}",
    f'{{"X-API-Key": "{CANARY}"}}',
    f"x-api-key: {CANARY}",
    f"openai refused sk-proj-{CANARY}",
    f"gemini refused AIza{CANARY}",
    f"webhook whsec_{CANARY}",
    f"https://user:{CANARY}@example.org/path",
    f"https://{CANARY}@example.org",
    f"postgresql+psycopg2://lectern:p@{CANARY}@db/lectern",
    f"redis://:{CANARY}@redis:6379/0",
    f"https://s3/b/k?X-Amz-Credential={CANARY}%2F20260101&X-Amz-Signature={CANARY}&X-Amz-Security-Token={CANARY}",
    f"https://s3/b/k?AWSAccessKeyId={CANARY}&Signature={CANARY}&Expires=1",
    f"/api/v1/results/1/clips/1/video?expires=1790000000&signature={CANARY}",
    f"https://host/feed?a=1&token={CANARY}",
    f"https://host/feed?key={CANARY}#top",
    f"https://host/feed?access_token={CANARY}&b=2",
    f"could not connect: host=db user=lectern password={CANARY} dbname=lectern",
    f"aws_secret_access_key = {CANARY}",
    f"{{'client_secret': '{CANARY}'}}",
    f"https://host/?u=https%3A%2F%2Fother%3Fa%3Dsk-{CANARY}",
    f"the_key_lk_0123456789_{CANARY}",
    f'{{\\"webhook_secret\\": \\"{CANARY}\\"}}',
    f"password=with,comma;and)more{CANARY}",
    f"DETAIL:  Key (prefix)=({CANARY}) already exists.",
    f'invalid input syntax for type integer: "{CANARY}"',
    f"LINE 1: SELECT CAST('{CANARY}' AS integer)",
    f"eyJhbGciOiJIUzI1NiJ9.{CANARY}.{CANARY}",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_secrets_are_masked_wherever_they_stand(text: str) -> None:
    for form in (text, f"({text})", f"{text}\nnext line", f"before {text}, after"):
        assert "C4nary" not in redact(form), redact(form)
        assert "***" in redact(form)


@pytest.mark.parametrize(
    "text",
    [
        "job 0197f0c2-0000-7000-8000-000000000000: transcription is done",
        "GET /api/v1/jobs/{job_id} 200 in 0.012 s",
        "key lk_0123456789 was revoked",
        "object uploads/0197/source.mp4 has key=None, 12 tokens, basic",
        "https://example.org/path?expires=1790000000#signature",
        "somebody@example.org asked",
        "the task-force-of-seven asked for a risk-assessment-of-it",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_a_key_is_known_by_its_prefix_alone() -> None:
    key = f"lk_{ALPHABET[:10]}_{CANARY}"
    assert KEY.fullmatch(key), "the form of keys has changed: look at the rules again"
    assert redact(f"by {key}.") == f"by lk_{ALPHABET[:10]}_***."


def test_configured_secrets_are_masked_by_their_value_however_they_look() -> None:
    settings = make_settings(
        database_url="postgresql://lectern:plain/word%20here@db/lectern",
        broker_url="amqp://guest:rabbits-in-hats@mq//",
        aws_secret_access_key="wJalr/XUtnFEMI+K7MDENG",
        aws_access_key_id="lectern",
        secret_key="a secret of tests",
    )
    values = secret_values(settings)
    said = "wJalr/XUtnFEMI+K7MDENG wJalr%2FXUtnFEMI%2BK7MDENG rabbits-in-hats 'a secret of tests' lectern db"
    assert redact(said, values) == "*** *** *** '***' lectern db"
    assert "lectern" not in values, "a short word is no secret"


def test_every_string_of_a_document_is_looked_at() -> None:
    document = {"list": [{"url": f"https://u:{CANARY}@h"}], f"sk-{CANARY}": 1, "n": 1.5, "none": None}
    found = redact_all(document)
    assert "C4nary" not in str(found)
    assert isinstance(found, dict)
    assert (found["n"], found["none"]) == (1.5, None)
    assert redact_all({"path": ValueError(f"token={CANARY}")}) == {"path": "token=***"}


def test_long_lines_take_no_time() -> None:
    for unit in ("a" * 50, "://x", "key=", "eyJ" + "a" * 20 + ".", "lk_", "password ", "Bearer "):
        redact(unit * (200_000 // len(unit)))
