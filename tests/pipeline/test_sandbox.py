"""What a request may touch, what the policy says, and which level is taken: tables, without media."""

import json
import logging
from dataclasses import fields
from pathlib import Path

import pytest

from agents.confinement import Policy, landlock, seccomp
from agents.registry import AGENTS
from agents.types import AnalysisRequest, CompileRequest, PlannedClip, PlanSettings, ProbeRequest, TranscriptRequest
from app.core.settings import Settings
from pipeline.sandbox import bubblewrap, level
from pipeline.sandbox.confined import confine
from pipeline.sandbox.paths import INPUT_FIELDS, OUTPUT_FIELDS, Grants, desk_for, grants_for
from pipeline.sandbox.self_test import Finding

NO_PATHS = {"backend", "language", "lead_in", "model", "focus", "source", "title", "mode", "renderer"}
CLIP = PlannedClip(1, "A", "", 0.0, 1.0, (), 0.0, {}, (), ())


def settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"data_dir": folder, **more})


def test_every_text_field_of_a_request_is_a_known_path_or_none() -> None:
    """A new agent whose request names a file must use a name that the sandbox opens."""
    for name, spec in AGENTS.items():
        texts = {f.name for f in fields(spec.request) if f.type in {str, "str", str | None, "str | None"}}
        assert texts <= INPUT_FIELDS | OUTPUT_FIELDS | NO_PATHS, name


def test_a_request_opens_its_inputs_and_its_output_folder(tmp_path: Path) -> None:
    out = tmp_path / "clips" / "01"
    request = CompileRequest("/r/lecture.mp4", CLIP, PlanSettings(), str(out), captions="burned")
    grants = grants_for(request, tmp_path / "desk", settings(tmp_path))
    assert grants.readable == ("/r/lecture.mp4",)
    assert grants.writable[:2] == (str(tmp_path / "desk"), str(out))
    assert out.is_dir()


def test_links_in_a_model_folder_are_followed(tmp_path: Path) -> None:
    blob = tmp_path / "blobs" / "1"
    blob.parent.mkdir()
    blob.touch()
    model = tmp_path / "snapshot"
    model.mkdir()
    (model / "model.bin").symlink_to(blob)
    request = TranscriptRequest("/r/a.mp4", "faster-whisper", captions="not/absolute", model_dir=str(model))
    assert grants_for(request, tmp_path, settings(tmp_path)).readable == ("/r/a.mp4", str(model), str(blob))


def test_the_data_folder_and_the_project_are_not_open(tmp_path: Path) -> None:
    grants = grants_for(ProbeRequest("/r/a.mp4"), tmp_path / "w", settings(tmp_path))
    project = Path(__file__).resolve().parents[2]
    for path in map(Path, (*grants.programs, *grants.readable)):
        assert not tmp_path.is_relative_to(path)
        assert not (project / ".env").is_relative_to(path)


@pytest.mark.parametrize(
    ("media", "desk"), [("source.mp4", "desk"), ("inner/source.mp4", "desk"), ("/elsewhere/source.mp4", ".")]
)
def test_an_agent_never_works_beside_its_input(tmp_path: Path, media: str, desk: str) -> None:
    assert desk_for(ProbeRequest(str(tmp_path / media)), tmp_path) == tmp_path / desk


def test_a_request_without_a_file_is_worked_on_in_the_workspace(tmp_path: Path) -> None:
    words = AnalysisRequest(transcript=None, duration_s=1.0)  # type: ignore[arg-type]  # not looked at
    assert desk_for(words, tmp_path) == tmp_path


@pytest.mark.parametrize(
    ("abi", "expected"),
    [
        (1, ((1 << 13) - 1, 0, 0)),
        (2, ((1 << 14) - 1, 0, 0)),
        (3, ((1 << 15) - 1, 0, 0)),
        (4, ((1 << 15) - 1, 3, 0)),
        (5, ((1 << 16) - 1, 3, 0)),
        (7, ((1 << 16) - 1, 3, 3)),
    ],
)
def test_landlock_takes_what_the_kernel_knows(abi: int, expected: tuple[int, int, int]) -> None:
    assert landlock.handled(abi) == expected


@pytest.mark.parametrize("machine", list(seccomp.AUDIT_MACHINE))
def test_the_filter_jumps_only_within_itself(machine: str) -> None:
    code = seccomp.program(machine)
    instructions = [seccomp.INSTRUCTION.unpack_from(code, at) for at in range(0, len(code), 8)]
    for place, (operation, if_true, if_false, _value) in enumerate(instructions):
        if operation not in {seccomp.LOAD, seccomp.RETURN}:
            assert place + 1 + max(if_true, if_false) < len(instructions)
    assert instructions[-1] == (seccomp.RETURN, 0, 0, seccomp.ALLOW)


def run_filter(machine: str, audit: int, number: int, argument: int = 0) -> int:
    """Classic BPF, as far as the filter uses it."""
    code = seccomp.program(machine)
    data = {seccomp.OFFSET_NUMBER: number, seccomp.OFFSET_MACHINE: audit, seccomp.OFFSET_ARGUMENT_0: argument}
    accumulator, place = 0, 0
    while True:
        operation, if_true, if_false, value = seccomp.INSTRUCTION.unpack_from(code, place * 8)
        place += 1
        if operation == seccomp.RETURN:
            return int(value)
        if operation == seccomp.LOAD:
            accumulator = data[value]
            continue
        holds = {
            seccomp.JUMP_EQUAL: accumulator == value,
            seccomp.JUMP_AT_LEAST: accumulator >= value,
            seccomp.JUMP_ANY_BIT: bool(accumulator & value),
        }[operation]
        place += if_true if holds else if_false


@pytest.mark.parametrize(
    ("machine", "audit", "number", "argument", "answer"),
    [
        ("x86_64", 0xC000003E, 0, 0, seccomp.ALLOW),  # read
        ("x86_64", 0xC000003E, 41, 2, seccomp.ERRNO | 1),  # socket
        ("x86_64", 0xC000003E, 0x40000000 | 41, 2, seccomp.ERRNO | 1),  # the same through the x32 ABI
        ("x86_64", 0x40000003, 102, 0, seccomp.KILL_PROCESS),  # i386's socketcall
        ("x86_64", 0xC000003E, 56, 0x11, seccomp.ALLOW),  # fork
        ("x86_64", 0xC000003E, 56, 0x10000011, seccomp.ERRNO | 1),  # into a user namespace
        ("x86_64", 0xC000003E, 435, 0, seccomp.ERRNO | 38),  # clone3
        ("x86_64", 0xC000003E, 246, 0, seccomp.ERRNO | 1),  # the last of the list
        ("aarch64", 0xC00000B7, 63, 0, seccomp.ALLOW),  # read
        ("aarch64", 0xC00000B7, 198, 0, seccomp.ERRNO | 1),  # socket
        ("aarch64", 0xC00000B7, 220, 0x50000000, seccomp.ERRNO | 1),  # clone
        ("aarch64", 0xC000003E, 41, 0, seccomp.KILL_PROCESS),
    ],
)
def test_the_filter_answers(machine: str, audit: int, number: int, argument: int, answer: int) -> None:
    assert run_filter(machine, audit, number, argument) == answer


@pytest.mark.parametrize(("code", "meant"), [(0, 0), (1, 1), (137, -9), (139, -11), (-9, -9), (255, 255)])
def test_bubblewraps_exit_code_is_the_childs(code: int, meant: int) -> None:
    assert bubblewrap.exit_code(code) == meant


def test_inputs_are_mounted_over_writable_folders(tmp_path: Path) -> None:
    command = bubblewrap.wrap(["true"], Grants((), ("/w/in/a.mp4",), ("/w",)), tmp_path)
    assert command.index("/w/in/a.mp4") > command.index("/w")
    assert command[command.index("/w/in/a.mp4") - 1] == "--ro-bind-try"
    assert command[-2:] == ["--", "true"]


def test_the_policy_carries_the_settings_amounts(tmp_path: Path) -> None:
    chosen = settings(tmp_path, agent_memory_bytes=1 << 30, agent_file_bytes=1 << 20, step_timeout_s=10)
    confined = confine("landlock", ["true"], Grants((), (), ("/w",)), desk=tmp_path, settings=chosen, cores=2)
    fields_ = json.loads(confined.environment["LECTERN_CONFINEMENT"])
    policy = Policy(**fields_)
    assert (policy.memory_bytes, policy.file_bytes, policy.cpu_s) == (1 << 30, 1 << 20, 21)
    assert policy.landlock
    assert list(policy.writable) == ["/w"]


def only(*holding: str) -> object:
    """A self-test that these levels pass."""
    return lambda tried, _settings: Finding(tried, () if tried in holding else ("a child can open a socket",), ())


def test_the_strongest_level_that_holds_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(level, "_found", {})
    monkeypatch.setattr(level, "available", lambda _level: True)
    monkeypatch.setattr(level, "self_test", only("landlock", "limits"))
    with caplog.at_level(logging.WARNING):
        assert level.announce_level(settings(tmp_path)) == "landlock"
    assert "bubblewrap is not usable: a child can open a socket" in caplog.text
    assert json.loads(level.report_path(tmp_path).read_text())["level"] == "landlock"


def test_a_level_that_was_asked_for_and_does_not_hold_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(level, "_found", {})
    monkeypatch.setattr(level, "available", lambda _level: True)
    monkeypatch.setattr(level, "self_test", only("limits"))
    level.report_path(tmp_path).write_text("of an earlier worker")
    with pytest.raises(level.SandboxUnavailable, match="open a socket"):
        level.announce_level(settings(tmp_path, sandbox="bubblewrap"))
    assert not level.report_path(tmp_path).exists()
