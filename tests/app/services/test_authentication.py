"""What is remembered of keys: for a moment, as digests, and never a wrong one."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.services import authentication
from app.services.api_keys import create_key
from app.services.authentication import Authentication
from tests.app.key_factory import new_key

pytestmark = pytest.mark.stack


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_key_is_remembered_for_a_moment(sessions: sessionmaker[Session]) -> None:
    clock = Clock()
    asked = Authentication(sessions, clock=clock)
    key = new_key(sessions, "read", owner="x")
    assert asked.known(key) is None
    assert not asked.was_right(key)
    found = asked.find(key)
    assert found is not None
    assert (found.owner, found.scopes, found.actor) == ("x", frozenset({"read"}), key.rsplit("_", 1)[0])
    assert asked.known(key) == found
    clock.now_s += authentication.REMEMBERED_S
    assert asked.known(key) is None
    assert asked.was_right(key)


def test_wrong_keys_take_no_memory(sessions: sessionmaker[Session]) -> None:
    asked = Authentication(sessions)
    for number in range(20):
        wrong = f"lk_0000000000_{number:043}"
        assert asked.find(wrong) is None
        assert not asked.was_right(wrong)


def test_memory_has_a_limit(sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "MAX_REMEMBERED", 2)
    asked = Authentication(sessions)
    with sessions.begin() as session:
        keys = [create_key(session, name="x").key for _ in range(3)]
    for key in keys:
        asked.find(key)
    assert [asked.was_right(key) for key in keys] == [False, True, True]


def test_no_key_is_in_memory(sessions: sessionmaker[Session]) -> None:
    asked = Authentication(sessions)
    key = new_key(sessions)
    asked.find(key)
    assert key not in repr(vars(asked))
