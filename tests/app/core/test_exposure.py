"""Where keys are asked for: wherever strangers can come from."""

import pytest
from pydantic import ValidationError

from app.core.exposure import keys_required
from tests.app.conftest import make_settings


@pytest.mark.parametrize(
    ("chosen", "server", "required"),
    [
        ({}, "127.0.0.1", False),
        ({}, "::1", False),
        ({}, "/run/lectern.sock", False),
        ({}, "192.0.2.7", True),
        ({}, "2001:db8::1", True),
        ({"host": "0.0.0.0"}, "127.0.0.1", True),
        ({"host": "::"}, "::1", True),
        ({"allowed_hosts": "clips.example"}, "127.0.0.1", True),
        ({"public_url": "https://clips.example"}, "127.0.0.1", True),
        ({"public_url": "http://localhost:8000"}, "127.0.0.1", False),
        ({"trusted_proxies": "127.0.0.1"}, "127.0.0.1", True),
        ({"require_keys": True}, "127.0.0.1", True),
        ({"require_keys": False}, "127.0.0.1", False),
        ({"require_keys": False, "public_url": "https://clips.example"}, "127.0.0.1", False),
        ({"require_keys": False}, "192.0.2.7", True),
    ],
)
def test_when_keys_are_asked_for(chosen: dict[str, object], server: str, required: bool) -> None:
    assert keys_required(make_settings(**chosen), (server, 8000)) is required


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "lectern.example"])
def test_a_service_for_strangers_cannot_do_without_keys(host: str) -> None:
    with pytest.raises(ValidationError, match="LECTERN_REQUIRE_KEYS=false"):
        make_settings(host=host, require_keys=False)
    assert make_settings(host="::1", require_keys=False).require_keys is False
