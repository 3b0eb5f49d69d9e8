"""Checks answer within their time, and one that hangs is asked once."""

from threading import Event

from app.core.errors import StorageUnavailable
from app.services.readiness import Readiness


def test_everything_answers() -> None:
    assert Readiness({"a": lambda: None, "b": lambda: None}).problems() == {}


def test_what_is_down_is_named() -> None:
    def ours() -> None:
        raise StorageUnavailable("The bucket is gone.")

    def drivers() -> None:
        raise ConnectionError("secret host")

    problems = Readiness({"store": ours, "database": drivers, "broker": lambda: None}).problems()
    assert problems == {"store": "The bucket is gone.", "database": "It does not answer."}


def test_a_hanging_check_is_asked_once() -> None:
    hang, asked = Event(), []

    def slow() -> None:
        asked.append(1)
        hang.wait(30)

    readiness = Readiness({"database": slow}, timeout_s=0.05)
    assert "0.05 s" in readiness.problems()["database"]
    assert "0.05 s" in readiness.problems()["database"]
    assert len(asked) == 1
    hang.set()
    readiness._asked["database"].thread.join(5)
    assert readiness.problems() == {}
    assert len(asked) == 2
