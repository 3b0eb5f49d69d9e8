"""API keys as rows: the key itself is nowhere, and only the very key is found."""

import hmac
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.api_keys import KEY, KeyNotFound, create_key, find_key, list_keys, note_use, revoke_key

pytestmark = pytest.mark.stack


def test_only_the_key_itself_is_found(session: Session) -> None:
    made = create_key(session, name="one")
    found = find_key(session, made.key)
    assert found is not None
    assert found.id == made.row.id
    assert KEY.fullmatch(made.key)
    assert made.key.startswith(f"{made.row.prefix}_")
    other = create_key(session, name="two")
    secret = made.key.removeprefix(made.row.prefix)
    swapped = "A" if made.key[-1] != "A" else "B"
    for wrong in (
        "",
        made.row.prefix,
        made.key[:-1],
        made.key[:-1] + swapped,
        made.key + "A",
        f"{made.key}\n",
        f" {made.key}",
        made.key.upper(),
        other.row.prefix + secret,
        f"lk_0000000000{secret}",
        "\x00",
        "é" * 50,
        "\udc80",
        "x" * 100_000,
        made.row.secret_hash,
    ):
        assert find_key(session, wrong) is None, wrong[:80]


def test_the_key_is_in_no_row(session: Session) -> None:
    made = create_key(session, name="one")
    rows = session.execute(text("SELECT k::text FROM api_keys k")).scalars().all()
    assert any(made.row.prefix in row for row in rows)
    assert not any(made.key in row or made.key.rsplit("_", 1)[1] in row for row in rows)


def test_keys_differ(session: Session) -> None:
    made = [create_key(session, name="x") for _ in range(50)]
    assert len({each.key for each in made}) == len({each.row.prefix for each in made}) == 50
    assert len({each.row.owner for each in made}) == 50
    assert len({each.key.rsplit("_", 1)[1][:8] for each in made}) == 50


@pytest.mark.parametrize("wrong", ["lk_0000000000_" + "0" * 43, "no key at all"])
def test_the_comparison_takes_as_long_for_a_prefix_that_is_not_there(
    session: Session, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    compared: list[tuple[str, str]] = []
    really = hmac.compare_digest

    def compare(ours: str, theirs: str) -> bool:
        compared.append((ours, theirs))
        return really(ours, theirs)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert find_key(session, wrong) is None
    assert [(len(ours), len(theirs)) for ours, theirs in compared] == [(64, 64)]


def test_an_expired_key_is_no_key(session: Session) -> None:
    made = create_key(session, name="one", expires_in=timedelta(hours=1))
    assert find_key(session, made.key) is not None
    made.row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    session.flush()
    assert find_key(session, made.key) is None


def test_a_revoked_key_is_no_key(session: Session) -> None:
    made = create_key(session, name="one")
    first = revoke_key(session, made.row.prefix).revoked_at
    assert first is not None
    assert find_key(session, made.key) is None
    assert revoke_key(session, made.row.prefix).revoked_at == first
    with pytest.raises(KeyNotFound):
        revoke_key(session, "lk_nothing")


def test_lists(session: Session) -> None:
    mine = [create_key(session, name=name, owner="list-me").row.prefix for name in "ab"]
    revoke_key(session, mine[0])
    other = create_key(session, name="c").row.prefix
    assert [row.prefix for row in list_keys(session, owner="list-me")] == mine
    assert {*mine, other} <= {row.prefix for row in list_keys(session)}


@pytest.mark.parametrize("scopes", [(), ("read", "admin")])
def test_scopes_are_ours(session: Session, scopes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="scopes"):
        create_key(session, name="x", scopes=scopes)  # type: ignore[arg-type]  # what a caller may say


def test_use_is_noted_once_a_minute(session: Session) -> None:
    row = create_key(session, name="one").row
    note_use(session, row)
    session.refresh(row)
    first = row.last_used_at
    assert first is not None
    note_use(session, row)
    session.refresh(row)
    assert row.last_used_at == first
    row.last_used_at = datetime.now(UTC) - timedelta(minutes=2)
    session.flush()
    note_use(session, row)
    session.refresh(row)
    assert row.last_used_at > first
