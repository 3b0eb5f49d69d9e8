"""Whatever way PostgreSQL is down, the engine says so in bounded time, and works again when it is back."""

import threading
import time
from collections.abc import Callable, Iterator

import psycopg2
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, TimeoutError

from app.core.database import make_engine
from app.core.patience import API, WORKER, Patience
from pipeline.processes import wait_until
from tests.outages import BreakablePostgres, frozen, through
from tests.tcp_proxy import TcpProxy

pytestmark = pytest.mark.stack
DOWN = (OperationalError, TimeoutError)
WITHIN_S = 2.0


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BreakablePostgres]:
    server = BreakablePostgres(tmp_path_factory.mktemp("breakable"))
    yield server
    server.remove()


@pytest.fixture
def proxy(postgres: BreakablePostgres) -> Iterator[TcpProxy]:
    with postgres.proxy() as proxy:
        yield proxy


@pytest.fixture
def engine(postgres: BreakablePostgres, proxy: TcpProxy) -> Iterator[Engine]:
    """Through the proxy, with two connections in its pool."""
    engine = make_engine(through(proxy, postgres.url))
    with engine.connect() as one, engine.connect() as two:
        ask(one), ask(two)
    yield engine
    engine.dispose()


def ask(connection: object, statement: str = "SELECT 1") -> object:
    return connection.execute(text(statement)).scalar()  # type: ignore[attr-defined]  # a Connection


def try_once(engine: Engine) -> None:
    with engine.connect() as connection:
        ask(connection)


def works(engine: Engine) -> bool:
    try:
        try_once(engine)
    except DOWN:
        return False
    return True


def timed(act: Callable[[], object]) -> float:
    """Seconds until it fails; it must."""
    began_s = time.monotonic()
    with pytest.raises(DOWN):
        act()
    return time.monotonic() - began_s


@pytest.mark.parametrize("how", ["hold", "refuse and cut", "unreachable and cut"])
def test_a_request_learns_it_in_time_and_the_next_at_once(engine: Engine, proxy: TcpProxy, how: str) -> None:
    for act in how.split(" and "):
        getattr(proxy, act)()
    first_s = timed(lambda: try_once(engine))
    second_s = timed(lambda: try_once(engine))
    assert first_s < WITHIN_S
    assert second_s < 0.2, "nobody waits for what is known"
    proxy.pass_on()
    began_s = time.monotonic()
    assert wait_until(lambda: works(engine), within_s=10)
    print(f"{how}: first {first_s:.3f} s, second {second_s:.4f} s, back after {time.monotonic() - began_s:.3f} s")


def test_frozen_server(postgres: BreakablePostgres) -> None:
    engine = make_engine(postgres.url)
    with engine.connect() as warm:
        ask(warm)
    with frozen(postgres.pid):
        first_s = timed(lambda: try_once(engine))
        assert first_s < WITHIN_S
    assert wait_until(lambda: works(engine), within_s=10)
    print(f"frozen: {first_s:.3f} s")
    engine.dispose()


def test_killed_and_recovering_server(postgres: BreakablePostgres) -> None:
    engine = make_engine(postgres.url)
    with engine.connect() as warm:
        ask(warm)
        postgres.kill()
        assert timed(lambda: ask(warm)) < WITHIN_S
    assert timed(lambda: try_once(engine)) < WITHIN_S
    postgres.start()
    assert wait_until(lambda: works(engine), within_s=20)
    engine.dispose()


def test_a_statement_under_way_when_the_server_freezes(engine: Engine, proxy: TcpProxy) -> None:
    with engine.connect() as connection:
        ask(connection)
        proxy.hold()
        assert timed(lambda: ask(connection)) < WITHIN_S
        assert connection.invalidated
    proxy.pass_on()
    assert wait_until(lambda: works(engine), within_s=10)


def test_a_statement_that_is_cut(engine: Engine, proxy: TcpProxy) -> None:
    with engine.connect() as connection:
        proxy.cut_after(20)
        assert timed(lambda: ask(connection, "SELECT repeat('x', 100000)")) < WITHIN_S
        assert connection.invalidated
    try_once(engine)


def test_a_slow_statement_of_a_living_server_is_waited_for(engine: Engine) -> None:
    with engine.connect() as connection:
        assert ask(connection, "SELECT 42 FROM pg_sleep(2.2)") == 42


def test_a_statement_that_is_too_slow(postgres: BreakablePostgres) -> None:
    engine = make_engine(postgres.url, patience=Patience(statement_s=1.2))
    with engine.connect() as connection:
        assert 1.1 < timed(lambda: ask(connection, "SELECT pg_sleep(5)")) < 3
    try_once(engine)
    engine.dispose()


def test_a_worker_sits_a_freeze_out(postgres: BreakablePostgres, proxy: TcpProxy) -> None:
    engine = make_engine(through(proxy, postgres.url), patience=WORKER)
    with engine.begin() as connection:
        ask(connection)
        proxy.hold()
        timer = threading.Timer(2.5, proxy.pass_on)
        timer.start()
        assert ask(connection, "SELECT 42") == 42
        timer.join()
    engine.dispose()


def test_stale_connections_are_replaced_unseen(engine: Engine, proxy: TcpProxy) -> None:
    proxy.cut()
    try_once(engine)
    assert not engine.pool.checkedout()  # type: ignore[attr-defined]  # of a QueuePool


def test_a_burst_does_not_queue(engine: Engine, proxy: TcpProxy) -> None:
    """Two hundred requests on forty threads: the first ones find out, and the rest is told."""
    proxy.hold()
    took_s: list[float] = []
    turn = threading.BoundedSemaphore(40)

    def request() -> None:
        began_s = time.monotonic()
        with turn, pytest.raises(DOWN):
            try_once(engine)
        took_s.append(time.monotonic() - began_s)

    threads = [threading.Thread(target=request) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    print(f"burst of 200: slowest {max(took_s):.3f} s")
    assert len(took_s) == 200
    assert max(took_s) < WITHIN_S + 1, "and not 200 / 40 times as long"


def test_errors_hold_no_values(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(text("SELECT :secret / 0"), {"secret": 4242})
    assert "4242" not in str(caught.value)
    assert not isinstance(caught.value, IntegrityError)


def test_patience_adds_up() -> None:
    assert API.suspect_s is not None
    assert API.ping_s + API.connect_s < WITHIN_S
    assert API.suspect_s + API.connect_s < WITHIN_S


def test_others_connections_wait_as_ever(engine: Engine, postgres: BreakablePostgres) -> None:
    with psycopg2.connect(postgres.url) as plain, plain.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_sleep(0.1)")
        assert cursor.fetchall() == [(1,)]
    plain.close()
