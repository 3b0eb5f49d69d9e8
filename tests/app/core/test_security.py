"""Signed links and the secret they are signed with."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.errors import LinkExpired
from app.core.security import kept_secret, secret_key, sign, verify
from tests.app.conftest import make_settings

SOON = 4102444800  # the year 2100


def test_a_signature_holds() -> None:
    verify(b"secret", "key", SOON, sign(b"secret", "key", SOON))


@pytest.mark.parametrize(
    ("secret", "key", "expires_at", "signature"),
    [
        (b"other", "key", SOON, sign(b"secret", "key", SOON)),
        (b"secret", "kex", SOON, sign(b"secret", "key", SOON)),
        (b"secret", "key", SOON + 1, sign(b"secret", "key", SOON)),
        (b"secret", "key", SOON, ""),
        (b"secret", "key", SOON, "é"),
        (b"secret", "key", 1000, sign(b"secret", "key", 1000)),
    ],
)
def test_a_signature_does_not(secret: bytes, key: str, expires_at: int, signature: str) -> None:
    with pytest.raises(LinkExpired):
        verify(secret, key, expires_at, signature)


def test_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: kept_secret(path), range(16)))
    assert len(found) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["secret_key"]
    assert secret_key(make_settings(data_dir=path.parent)) == found.pop().encode()


def test_a_configured_secret_is_taken(tmp_path: Path) -> None:
    assert secret_key(make_settings(data_dir=tmp_path, secret_key="mine")) == b"mine"
    assert list(tmp_path.iterdir()) == []


def test_a_kept_secret_is_read_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service must start again while the disk is full."""
    first = kept_secret(tmp_path / "secret_key")

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.open", full)
    assert kept_secret(tmp_path / "secret_key") == first
