"""Two owners and every operation: what is one's is not there for the other, by whatever road."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.database import Base
from app.core.settings import Settings
from app.main import create_app
from tests.app.api.owner_matrix import (
    OPERATIONS,
    PUBLIC,
    SIGNED,
    UUID_TEXT,
    Call,
    Cast,
    Operation,
    calls,
    make_cast,
)
from tests.app.conftest import files_in, make_settings
from tests.app.key_factory import new_key

pytestmark = pytest.mark.stack


def ids_in(operation: Operation) -> list[str]:
    """Names of the ids in its path."""
    return [name for name in re.findall(r"\{(\w+)\}", operation.path) if name.endswith("_id")]


UNWATCHED = {"audit_entries", "api_keys"}
"""Tables that another's request may well add to or touch: who tried, and when a key was used."""
SECURED = [each for each in OPERATIONS if each.id not in PUBLIC | SIGNED]
NAMING_TWO = [each for each in SECURED if len(ids_in(each)) > 1]
by_operation = pytest.mark.parametrize("operation", SECURED, ids=lambda each: each.id)


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_settings(
        database_url=database_url,
        data_dir=tmp_path_factory.mktemp("owners"),
        broker_url="memory://",
        secret_key="a secret of tests",
        require_keys=True,
        key_rate_per_minute=0,
        address_rate_per_minute=0,
    )


@pytest.fixture(scope="module")
def api(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture(scope="module")
def client(api: FastAPI) -> Iterator[TestClient]:
    with TestClient(api, base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture(scope="module")
def parts(api: FastAPI) -> Parts:
    found = api.state.parts
    assert isinstance(found, Parts)
    return found


@pytest.fixture(scope="module")
def stranger(client: TestClient, parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Cast:
    """Has things, and loses none of them in a test."""
    return make_cast(client, parts, tmp_path_factory.mktemp("stranger"))


@pytest.fixture
def one(client: TestClient, parts: Parts, tmp_path: Path) -> Cast:
    return make_cast(client, parts, tmp_path)


@pytest.fixture
def other(client: TestClient, parts: Parts, tmp_path: Path) -> Cast:
    return make_cast(client, parts, tmp_path)


class State:
    """Every row and every object that tells of an owner."""

    def __init__(self, engine: Engine, folder: Path, names: set[str]) -> None:
        with engine.connect() as connection:
            self.rows = {
                row
                for table in Base.metadata.sorted_tables
                if table.name not in UNWATCHED
                for row in connection.execute(text(f"SELECT '{table.name} ' || t::text FROM {table.name} t")).scalars()
                if any(name in row for name in names)
            }
        hexes = {name for name in names if re.fullmatch("[0-9a-f]{32}", name)}
        self.files = {path: path.read_bytes() for path in files_in(folder) if any(name in str(path) for name in hexes)}


@pytest.fixture
def watch(engine: Engine, settings: Settings, one: Cast) -> State:
    """What there is of ``one`` before the test."""
    before = State(engine, settings.object_dir, one.names)
    assert len(before.rows) > 20, "the watch sees what there is"
    assert before.files
    return before


def unchanged(before: State, engine: Engine, settings: Settings, one: Cast) -> None:
    after = State(engine, settings.object_dir, one.names)
    assert after.rows == before.rows
    assert after.files == before.files


def seen_in(answer: Any, names: set[str]) -> set[str]:
    shown = answer.text + repr(dict(answer.headers))
    return {name for name in names if name in shown}


def to_unknown(call: Call, one: Cast) -> Call:
    """The same request about things that nobody has."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: changed(each) for name, each in value.items()}
        if not isinstance(value, str):
            return value
        for name in sorted(one.names, key=len, reverse=True):
            other_name = UUID_TEXT.sub(lambda _: uuid4().hex, name) if "/" in name else str(uuid4())
            value = value.replace(name, other_name)
        return value

    return replace(call, path=changed(call.path), sent=changed(call.sent))


@by_operation
def test_nobody_gets_in_without_a_key(
    operation: Operation,
    client: TestClient,
    one: Cast,
    watch: State,
    engine: Engine,
    settings: Settings,
    parts: Parts,
) -> None:
    """Nor with one that lacks the scope."""
    assert "security" in operation.described, f"{operation.id} asks for no key: it belongs to PUBLIC or SIGNED, or must"
    lacking = [each for each in ("read", "write", "metrics") if each != operation.scope]
    if operation.id == "getWebhookSecret":
        lacking = ["metrics", "read"]
    weak = [new_key(parts.sessions, each, owner=one.owner) for each in lacking]  # type: ignore[arg-type]  # scopes
    for call in calls(operation, one):
        refused = call.send(client, None)
        assert (refused.status_code, refused.json()["code"]) == (401, "key_required")
        for key in weak:
            refused = call.send(client, key)
            assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
            assert not seen_in(refused, one.names - call.mentions(one.names))
    unchanged(watch, engine, settings, one)


@by_operation
def test_another_owner_finds_nothing(
    operation: Operation,
    client: TestClient,
    one: Cast,
    stranger: Cast,
    watch: State,
    engine: Engine,
    settings: Settings,
    parts: Parts,
) -> None:
    both = new_key(parts.sessions, "read", "write", "metrics", owner=stranger.owner)
    own = new_key(parts.sessions, "read", "write", "metrics", owner=one.owner)
    for call in calls(operation, one):
        mentioned = call.mentions(one.names - {one.owner})
        if not mentioned:
            continue
        refused = call.send(client, both)
        assert refused.status_code == 404, (call, refused.text)
        unknown = to_unknown(call, one)
        assert not unknown.mentions(one.names)
        nothing = unknown.send(client, both)
        assert (nothing.status_code, nothing.json()["code"]) == (404, refused.json()["code"])
        assert not seen_in(refused, one.names - mentioned)
        if operation.method == "GET":
            head = call.send(client, both, "HEAD")
            assert head.status_code in (404, 405)
        unchanged(watch, engine, settings, one)
    for call in calls(operation, one):
        granted = call.send(client, own)
        assert 200 <= granted.status_code < 400, f"{operation.id} refuses its owner, so the check above shows nothing"


@by_operation
def test_what_is_the_others_own_tells_nothing(
    operation: Operation,
    client: TestClient,
    one: Cast,
    other: Cast,
    engine: Engine,
    settings: Settings,
    parts: Parts,
) -> None:
    """Lists and new things, also under the first one's Idempotency-Key."""
    first = new_key(parts.sessions, "read", "write", "metrics", owner=one.owner)
    second = new_key(parts.sessions, "read", "write", "metrics", owner=other.owner)
    mine = calls(operation, one)
    theirs = calls(operation, replace(other, idempotency_key=one.idempotency_key))
    for call, same in zip(mine, theirs, strict=True):
        granted = call.send(client, first)
        assert 200 <= granted.status_code < 400, (operation.id, granted.text)
        made = {name for name in UUID_TEXT.findall(granted.text) if name not in same.path + repr(same.sent)}
        private = one.names | made - {granted.headers["x-request-id"]}
        before = State(engine, settings.object_dir, private)
        answer = same.send(client, second)
        assert 200 <= answer.status_code < 400, (operation.id, answer.text)
        assert "idempotency-replayed" not in answer.headers
        assert not seen_in(answer, private)
        if operation.id == "getWebhookSecret":
            assert answer.json() != granted.json()
        assert State(engine, settings.object_dir, private).rows == before.rows
        if call.sent["headers"]:
            again = call.send(client, first)
            assert again.headers["idempotency-replayed"] == "true", "the key is heeded, so the check above means it"


@pytest.mark.parametrize("operation", NAMING_TWO, ids=lambda each: each.id)
def test_ids_of_two_owners_do_not_mix(
    operation: Operation,
    client: TestClient,
    one: Cast,
    stranger: Cast,
    watch: State,
    engine: Engine,
    settings: Settings,
) -> None:
    """Where a request names two things, one of each owner's is as good as none."""
    names = ids_in(operation)
    for choice in itertools.product((one, stranger), repeat=len(names)):
        if len({each.owner for each in choice}) == 1:
            continue
        mixed = replace(stranger, ids=dict(stranger.ids))
        for name, cast in zip(names, choice, strict=True):
            for kind in (key for key in stranger.ids if key.endswith(name)):
                mixed.ids[kind] = cast.ids[kind]
        for call in calls(operation, mixed):
            assert call.send(client, stranger.key).status_code == 404
    unchanged(watch, engine, settings, one)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.id in SIGNED], ids=lambda each: each.id)
def test_no_signature_no_file(
    operation: Operation,
    client: TestClient,
    one: Cast,
    stranger: Cast,
    watch: State,
    engine: Engine,
    settings: Settings,
) -> None:
    """A key is no signature, not even the owner's."""
    for call in calls(operation, one):
        for key in (None, stranger.key, one.key):
            refused = call.send(client, key)
            assert (refused.status_code, refused.json()["code"]) == (403, "link_expired")
    unchanged(watch, engine, settings, one)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.id in PUBLIC], ids=lambda each: each.id)
def test_what_is_public_tells_nothing(operation: Operation, client: TestClient, one: Cast) -> None:
    for call in calls(operation, one):
        assert not seen_in(call.send(client, None), one.names)


def test_the_list_is_that_of_the_application(api: FastAPI) -> None:
    live = [methods.values() for methods in api.openapi()["paths"].values()]
    assert {each.id for each in OPERATIONS} == {each["operationId"] for each in itertools.chain(*live)}


def test_events_are_the_owners(client: TestClient, one: Cast, stranger: Cast) -> None:
    """The stream itself, to its end: the matrix has the refusals."""
    path = f"/api/v1/jobs/{one.ids['finished_job_id']}/events"
    told = client.get(path, headers={"Authorization": f"Bearer {one.key}"})
    assert "event: finished" in told.text
    assert one.owner in told.text
    refused = client.get(path, headers={"Authorization": f"Bearer {stranger.key}", "Last-Event-ID": "0-0"})
    assert refused.status_code == 404
