"""Parts in the folder: joined once, with one copy, also after a kill in the middle."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import ArtifactNotFound
from app.services.storage.local import LocalStore
from tests.app.conftest import files_in

KEY = "uploads/0197/source.mp4"
CONTENT = os.urandom(3500)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects", b"secret")


def send(store: LocalStore, name: str, number: int, content: bytes) -> None:
    path = store.incoming_dir() / "part"
    path.write_bytes(content)
    try:
        store.put_part(KEY, name, number, path)
    finally:
        path.unlink(missing_ok=True)


def begun(store: LocalStore) -> str:
    """An upload of four parts, sent out of order and one of them twice."""
    name = store.begin_multipart(KEY, "video/mp4")
    for number in (3, 1, 4, 2, 3):
        send(store, name, number, CONTENT[(number - 1) * 1000 : number * 1000])
    return name


def test_joined(store: LocalStore, tmp_path: Path) -> None:
    name = begun(store)
    parts = store.parts(KEY, name)
    assert [(part.number, part.size_bytes) for part in parts] == [(1, 1000), (2, 1000), (3, 1000), (4, 500)]
    for _ in range(2):
        store.finish_multipart(KEY, name, parts)
    assert [path.read_bytes() for path in files_in(tmp_path)] == [CONTENT]
    assert store.parts(KEY, name) == []
    with pytest.raises(ArtifactNotFound):
        send(store, name, 1, b"late")
    assert (store.local_path(KEY) or tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("when", ["copied", "removed"])
@pytest.mark.parametrize("calls", [0, 1, 2, 3])
def test_a_join_that_was_killed_goes_on(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int, when: str
) -> None:
    name = begun(store)
    parts = store.parts(KEY, name)
    with monkeypatch.context() as killing:
        if when == "copied":
            killing.setattr(shutil, "copyfileobj", killed_after(calls, half_a_copy))
        else:
            killing.setattr(Path, "unlink", killed_after(calls, lambda *_: None))
        with pytest.raises(Killed):
            store.finish_multipart(KEY, name, parts)
    assert store.info(KEY) is None
    with pytest.raises(ArtifactNotFound):
        send(store, name, 1, b"late")
    assert store.parts(KEY, name) == parts, "what was verified before is still what there is"
    store.finish_multipart(KEY, name, parts)
    assert [path.read_bytes() for path in files_in(tmp_path)] == [CONTENT]


class Killed(BaseException):
    """Nothing of ours catches it, as nothing catches SIGKILL."""


def killed_after(calls: int, last: Callable[..., None]) -> Callable[..., Any]:
    """The real thing for some calls, then ``last`` and the end."""
    real: dict[str, Callable[..., Any]] = {"copied": shutil.copyfileobj, "removed": Path.unlink}
    genuine = real["copied" if last is half_a_copy else "removed"]
    left = calls

    def call(*arguments: Any) -> Any:
        nonlocal left
        if left == 0:
            last(*arguments)
            raise Killed
        left -= 1
        return genuine(*arguments)

    return call


def half_a_copy(source: Any, target: Any, *_: Any) -> None:
    target.write(source.read(400))
    target.flush()


def test_aborted(store: LocalStore, tmp_path: Path) -> None:
    name = begun(store)
    for _ in range(2):
        store.abort_multipart(KEY, name)
    assert files_in(tmp_path) == []
    assert store.parts(KEY, name) == []
    store.finish_multipart(KEY, name, [])
    assert store.info(KEY) is None
