"""Sealed keys of callers: what opens them, who removes them and when."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session, sessionmaker

from app.core.errors import StorageUnavailable
from app.models import Job, JobStep
from app.services.caller_keys import BACKENDS, PARAM, ApiKeyNeeded, HeldKey, let_go, open_key, seal_key, sweep_keys
from app.services.deletion import purge_job
from app.services.job_control import cancel_job, mark_deleted, retry_job
from app.services.storage.local import LocalStore
from tests.app.conftest import files_in
from tests.app.job_factory import complete, make_job, step

pytestmark = pytest.mark.stack
KEY = SecretStr("sk-proj-of-a-caller-0123456789")
SECRET = b"a secret of tests"
Sessions = sessionmaker[Session]
Change = Callable[[Job], object]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects", SECRET)


def sealed(sessions: Sessions, store: LocalStore, change: Change | None = None) -> HeldKey:
    """A job with a key."""
    with sessions.begin() as session:
        job = make_job(session)
        held = seal_key(store, SECRET, KEY, job_id=job.id)
        step(job, "transcription").params = {PARAM: held.name}
        if change is not None:
            change(job)
    return held


def test_it_opens_again_and_shows_nothing(store: LocalStore, tmp_path: Path) -> None:
    held = seal_key(store, SECRET, KEY)
    assert open_key(store, SECRET, held) == KEY
    (path,) = files_in(tmp_path)
    assert path.relative_to(tmp_path / "objects").as_posix() == held.object_key
    assert path.stat().st_mode & 0o077 == 0
    assert KEY.get_secret_value().encode() not in path.read_bytes()


@pytest.mark.parametrize("why", ["gone", "another secret", "another job", "another name", "changed", "empty"])
def test_what_cannot_be_opened_is_asked_for_again(store: LocalStore, tmp_path: Path, why: str) -> None:
    held, other = seal_key(store, SECRET, KEY), seal_key(store, SECRET, KEY)
    path = store.local_path(held.object_key)
    assert path is not None
    content, secret = path.read_bytes(), SECRET
    if why == "gone":
        path.unlink()
    elif why == "another secret":
        secret = b"another secret"
    elif why in ("changed", "empty"):
        path.write_bytes(content[:-5] + b"\xffAAA=" if why == "changed" else b"")
    else:
        other = HeldKey(uuid4(), held.name) if why == "another job" else HeldKey(held.job_id, other.name)
        (tmp_path / "copy").write_bytes(content)
        store.put_file(other.object_key, tmp_path / "copy", "x")
        held = other
    with pytest.raises(ApiKeyNeeded, match="send it again in X-OpenAI-Api-Key") as caught:
        open_key(store, secret, held)
    assert caught.value.__suppress_context__
    assert KEY.get_secret_value() not in repr(caught.value)


def test_a_full_disk_keeps_nothing(store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "put_file", full)
    with pytest.raises(StorageUnavailable, match="No space left"):
        seal_key(store, SECRET, KEY)
    assert files_in(tmp_path) == []


def finished(status: str) -> Change:
    def change(job: Job) -> None:
        job.status = status

    return change


def ended(status: str) -> Change:
    def change(job: Job) -> None:
        job.status, step(job, "transcription").status = "running", status

    return change


def deleted(job: Job) -> None:
    job.deleted_at = datetime.now(UTC)


@pytest.mark.parametrize(
    ("change", "goes"),
    [
        (None, False),
        (ended("running"), False),
        *((ended(status), True) for status in ("completed", "failed", "skipped", "cancelled")),
        *((finished(status), True) for status in ("completed", "failed", "cancelled")),
        (deleted, True),
    ],
)
def test_it_goes_with_its_step(sessions: Sessions, store: LocalStore, change: Change | None, goes: bool) -> None:
    held = sealed(sessions, store, change)
    assert let_go(sessions, store, held) is goes
    assert (store.info(held.object_key) is None) is goes
    swept = sealed(sessions, store, change)
    assert sweep_keys(sessions, store) == goes
    assert (store.info(swept.object_key) is None) is goes


def in_parts(*statuses: str) -> Change:
    """The recording was cut; its parts have these states, and words may come from elsewhere, too."""

    def change(job: Job) -> None:
        cut = step(job, "transcription")
        complete(job, "uploading", "transcription")
        job.status = "failed" if "failed" in statuses else "running"
        for number, status in enumerate(statuses, 1):
            params = {**cut.params, BACKENDS: ["faster-whisper", "openai"]}
            name = f"transcription/{number}"
            job.steps.append(
                JobStep(name=name, stage=cut.stage, position=200 + number, needs=[], status=status, params=params)
            )
        name = "transcription/merge"
        job.steps.append(JobStep(name=name, stage=cut.stage, position=299, needs=[], status="pending", params={}))

    return change


@pytest.mark.parametrize(
    ("change", "goes"),
    [
        (in_parts("pending", "pending"), False),
        (in_parts("completed", "running"), False),
        (in_parts("completed", "completed"), True),
        (in_parts("failed", "pending"), True),
    ],
)
def test_it_stays_until_the_last_part_is_over(
    sessions: Sessions, store: LocalStore, change: Change, goes: bool
) -> None:
    held = sealed(sessions, store, change)
    assert let_go(sessions, store, held) is goes
    assert sweep_keys(sessions, store) == 0


def test_a_retry_gives_the_next_key_to_the_parts_that_are_left(sessions: Sessions, store: LocalStore) -> None:
    held = sealed(sessions, store, in_parts("completed", "failed", "pending"))
    again = seal_key(store, SECRET, KEY, job_id=held.job_id)
    with sessions() as session, pytest.raises(ApiKeyNeeded, match="not kept"):
        retry_job(session, held.job_id, owner="local")
    with sessions.begin() as session:
        steps = retry_job(session, held.job_id, owner="local", caller_key=again).steps
        names = {each.name: each.params.get(PARAM) for each in steps if each.stage == "transcription"}
    assert names == {
        "transcription": held.name,
        "transcription/1": held.name,
        "transcription/2": again.name,
        "transcription/3": again.name,
        "transcription/merge": None,
    }
    assert let_go(sessions, store, held)
    assert not let_go(sessions, store, again)


def test_what_only_the_merge_is_missing_needs_no_key(sessions: Sessions, store: LocalStore) -> None:
    def merge_failed(job: Job) -> None:
        in_parts("completed", "completed")(job)
        job.status, step(job, "transcription/merge").status = "failed", "failed"

    held = sealed(sessions, store, merge_failed)
    with sessions.begin() as session:
        assert retry_job(session, held.job_id, owner="local").status == "queued"


def test_one_without_a_row_goes_when_it_is_old(sessions: Sessions, store: LocalStore) -> None:
    orphan, current = seal_key(store, SECRET, KEY), sealed(sessions, store)
    replaced = seal_key(store, SECRET, KEY, job_id=current.job_id)
    assert sweep_keys(sessions, store) == 0
    assert sweep_keys(sessions, store, young=timedelta(seconds=-1)) == 2
    assert [store.info(each.object_key) is None for each in (orphan, replaced, current)] == [True, True, False]


def test_a_late_removal_leaves_the_key_that_came_after(sessions: Sessions, store: LocalStore) -> None:
    """The step has ended, and before its worker removes the key, the client has retried with another one."""
    first = sealed(sessions, store, ended("failed"))
    second = seal_key(store, SECRET, KEY, job_id=first.job_id)
    with sessions.begin() as session:
        finished("failed")(session.get_one(Job, first.job_id))
        retry_job(session, first.job_id, owner="local", caller_key=second)
    assert let_go(sessions, store, first)
    assert not let_go(sessions, store, second)
    assert open_key(store, SECRET, second) == KEY


def test_a_retry_needs_it_only_where_words_are_missing(sessions: Sessions, store: LocalStore) -> None:
    def later(job: Job) -> None:
        complete(job, "uploading", "transcription")
        job.status, step(job, "content_analysis").status = "failed", "failed"

    held = sealed(sessions, store, later)
    with sessions.begin() as session:
        assert retry_job(session, held.job_id, owner="local").status == "queued"
    held = sealed(sessions, store)
    with sessions.begin() as session:
        cancel_job(session, held.job_id, owner="local")
        with pytest.raises(ApiKeyNeeded, match="not kept once its step has ended"):
            retry_job(session, held.job_id, owner="local")


def test_it_goes_with_its_job(sessions: Sessions, store: LocalStore, tmp_path: Path) -> None:
    held = sealed(sessions, store)
    with sessions.begin() as session:
        mark_deleted(session, held.job_id, owner="local")
    assert purge_job(sessions, store, held.job_id)
    assert files_in(tmp_path) == []
