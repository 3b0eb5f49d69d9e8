"""The embedded PostgreSQL: as root and as anybody else, again on the same data, and gone when its starter is."""

import os
import pwd
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import psycopg2
import pytest

from pipeline import postgres
from pipeline.postgres import EmbeddedPostgres, PostgresFailed
from pipeline.processes import wait_until

pytestmark = pytest.mark.stack
SERVE = """
    import sys, time
    from pathlib import Path
    from pipeline.postgres import EmbeddedPostgres
    server = EmbeddedPostgres(Path(sys.argv[1]))
    print(server.start(), server.pid, flush=True)
    time.sleep(600)
"""


def _interpreters() -> list[Path]:
    """Ours, then the system's of the same version."""
    return [Path(sys.executable).resolve(), Path(f"/usr/bin/python3.{sys.version_info.minor}")]


def _reachable(path: Path) -> bool:
    return all(p.stat().st_mode & stat.S_IXOTH for p in (path, *path.parents))


def query(url: str, sql: str) -> object:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def test_rows_are_there_after_a_restart(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    try:
        url = server.start()
        query(url, "CREATE TABLE kept (n int)")
        query(url, "INSERT INTO kept VALUES (42)")
        server.stop()
        again = EmbeddedPostgres(tmp_path)
        assert query(again.start(), "SELECT n FROM kept") == (42,)
        again.stop()
    finally:
        server.remove()


def test_there_is_no_way_in_without_the_password_and_no_network_port(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    try:
        url = server.start()
        password = url.split(":")[2].split("@")[0]
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(url.replace(password, "wrong"))
        assert query(url, "SHOW listen_addresses") == ("",)
        home = server._home
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
    finally:
        server.stop()
        server.remove()


def test_it_ends_when_its_starter_is_killed_and_starts_again(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVE), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    with starter.stdout:
        pid = int(starter.stdout.readline().split()[-1])
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    server = EmbeddedPostgres(tmp_path)
    try:
        assert query(server.start(), "SELECT 1") == (1,)
        assert wait_until(lambda: not Path(f"/proc/{pid}").exists(), within_s=5)
    finally:
        server.stop()
        server.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try it as somebody else")
def test_as_an_ordinary_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """``nobody`` needs an interpreter and the code; where those are private folders it cannot be tried."""
    root = Path(postgres.__file__).resolve().parents[1]
    packages = Path(psycopg2.__file__).resolve().parents[1]
    interpreter = next((p for p in _interpreters() if p.is_file() and _reachable(p)), None)
    if interpreter is None or not (_reachable(root) and _reachable(packages)):
        pytest.skip("the checkout or Python is in a private folder, which an ordinary user cannot reach")
    nobody = pwd.getpwnam("nobody")
    home = Path(postgres.ROOT_HOME)
    home.mkdir(mode=0o755, exist_ok=True)
    data = home / f"test-{os.getpid()}"
    data.mkdir()
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    starter = subprocess.Popen(
        [str(interpreter), "-c", textwrap.dedent(SERVE), str(data)],
        stdout=subprocess.PIPE,
        text=True,
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        cwd=root,
        env={"PATH": os.environ["PATH"], "HOME": str(data), "PYTHONPATH": f"{root}:{packages}"},
    )
    try:
        assert starter.stdout is not None
        with starter.stdout:
            url = starter.stdout.readline().split()[0]
        assert query(url, "SELECT current_user") == ("lectern",)
        assert (data / "postgres" / "data" / "PG_VERSION").read_text().strip() == "18"
    finally:
        starter.kill()
        starter.wait()
        subprocess.run(["rm", "-rf", str(data)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_binaries_that_cannot_be_reached_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_open_to_all", lambda _folder: False)
    server = EmbeddedPostgres(tmp_path)
    try:
        assert query(server.start(), "SELECT 1") == (1,)
        assert server.pid is not None
        program = os.readlink(f"/proc/{server.pid}/exe")
        assert program.startswith(str(postgres.ROOT_HOME))
        assert Path(f"/proc/{server.pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    finally:
        server.stop()
        server.remove()


def test_a_cluster_that_is_broken_is_told_with_its_log(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    try:
        server.start()
        server.stop()
        (server._data / "postgresql.conf").write_text("no_such_setting = 1\n")
        with pytest.raises(PostgresFailed, match="no_such_setting"):
            EmbeddedPostgres(tmp_path).start()
    finally:
        server.remove()
