"""Foreign names and foreign pages are refused; our own, configured ones and plain clients are not."""

import pytest
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.main import create_app
from tests.app.conftest import make_settings

HERE = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("host", "origin", "code"),
    [
        ("127.0.0.1:8000", None, None),
        ("localhost", None, None),
        ("[::1]:8000", None, None),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", None),
        ("127.0.0.1:8000", "https://console.example", None),
        ("evil.example", None, "foreign_host"),
        ("127.0.0.1.evil.example:8000", None, "foreign_host"),
        ("", None, "foreign_host"),
        ("[::1", None, "foreign_host"),
        ("127.0.0.1:8000", "https://evil.example", "foreign_origin"),
        ("127.0.0.1:8000", "http://127.0.0.1:9000", "foreign_origin"),
        ("127.0.0.1:8000", "null", "foreign_origin"),
    ],
)
def test_who_may_call(client: TestClient, host: str, origin: str | None, code: str | None) -> None:
    headers = {"Host": host} | ({"Origin": origin} if origin else {})
    answer = client.get("/api/v1/livez", headers=headers)
    assert answer.status_code == (403 if code else 200)
    if code:
        assert answer.json()["code"] == code
        assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert answer.headers["x-frame-options"] == "DENY"


def test_names_can_be_added(settings: Settings) -> None:
    chosen = settings.model_copy(
        update={
            "allowed_hosts": ("lectern.example",),
            "public_url": "https://clips.example/x",
            "require_keys": False,
        }
    )
    with TestClient(create_app(chosen), base_url=HERE) as client:
        for host, status in (("lectern.example", 200), ("clips.example:443", 200), ("other.example", 403)):
            assert client.get("/api/v1/livez", headers={"Host": host}).status_code == status


def test_where_keys_are_asked_for_names_do_not_matter(settings: Settings) -> None:
    """A page that is not ours knows no key, and no cookie stands for one."""
    with TestClient(create_app(settings.model_copy(update={"require_keys": True})), base_url=HERE) as client:
        headers = {"Host": "other.example", "Origin": "https://evil.example"}
        assert client.get("/api/v1/livez", headers=headers).status_code == 200
        answer = client.get("/api/v1/jobs", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "key_required")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_comma_separates_names() -> None:
    assert make_settings(allowed_hosts="a.example, b.example").allowed_hosts == ("a.example", "b.example")
