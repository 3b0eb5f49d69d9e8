"""What the document says beside what FastAPI says by itself."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.api.pages import cursor_of, read_cursor
from app.main import create_app
from tests.app.conftest import make_settings


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder: Path = tmp_path_factory.mktemp("openapi")
    settings = make_settings(database_url="postgresql://u@127.0.0.1:1/x", data_dir=folder, broker_url="memory://")
    paths = create_app(settings).openapi()["paths"]
    return [operation for path in paths.values() for operation in path.values()]


def test_no_parameter_is_null(operations: list[dict[str, Any]]) -> None:
    parameters = [each for operation in operations for each in operation.get("parameters", ())]
    assert len(parameters) > 40
    for parameter in parameters:
        assert parameter["schema"].get("type") != "null"
        assert {"type": "null"} not in parameter["schema"].get("anyOf", ()), parameter


def test_what_takes_json_may_not_be_able_to_decode_it(operations: list[dict[str, Any]]) -> None:
    takers = [each for each in operations if "application/json" in each.get("requestBody", {}).get("content", ())]
    assert {"submitJob", "editPlan", "beginUpload"} <= {each["operationId"] for each in takers}
    assert all("bad_request" in each["responses"]["400"]["description"] for each in takers)


def test_cursors_fit_their_pattern(operations: list[dict[str, Any]]) -> None:
    by_id = {each["operationId"]: each for each in operations}
    for name, ids in (
        ("listJobs", [uuid4() for _ in range(20)]),
        ("listDeliveries", [uuid4() for _ in range(20)]),
        ("listJobLogs", [UUID(int=each) for each in (0, 1, 255, 2**31, 2**62, 2**63 - 1)]),
    ):
        (cursor,) = (each for each in by_id[name]["parameters"] if each["name"] == "cursor")
        for each in ids:
            assert re.search(cursor["schema"]["pattern"], cursor_of(each)), (name, each)
            assert read_cursor(cursor_of(each)) == each
    assert not re.search(cursor["schema"]["pattern"], cursor_of(UUID(int=2**63)))
