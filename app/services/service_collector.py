"""From the state of the engine and of the service's parts to the metrics that Prometheus reads."""

import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, QueuePool

from app.models.outcome import BUCKET_BOUNDS_S
from app.services.engine_state import EngineState, EngineWatch
from app.services.outcomes import Outcomes
from app.services.readiness import Readiness, sandbox_level

WITHIN_S = 2.0
PARTS = ("database", "broker", "store")
QUEUES = ("media", "transcribe", "io")
JOB_STATES = ("queued", "running", "deleting")


class ServiceCollector(Collector):
    """Asks the database, the broker and the store at each scrape, at once, and answers within two seconds.

    What comes from the database is the same whichever API is scraped: take the ``max`` over them, not the sum.
    """

    def __init__(self, engine: Engine, *, state: EngineWatch, readiness: Readiness, data_dir: Path) -> None:
        self._engine, self._state, self._readiness, self._data_dir = engine, state, readiness, data_dir

    def collect(self) -> Iterable[Metric]:
        deadline_s = time.monotonic() + WITHIN_S
        self._state.begin()
        problems = self._readiness.problems()
        state = self._state.result(deadline_s - time.monotonic())
        up = {part: float(part not in problems) for part in PARTS}
        yield _gauge("up", "Whether the part answers.", "part", up)
        yield _single(
            "engine_state_known", "Whether the numbers from the database are in this scrape.", state is not None
        )
        yield _gauge("sandbox_info", "What confines the processes that open media.", "level", {self._level(): 1.0})
        yield _gauge("database_connections", "Connections of this process.", "state", self._connections())
        yield _single("disk_free_bytes", "Free space of the disk of the data folder.", self._disk_free())
        if state is not None:
            yield from engine_metrics(state)

    def _level(self) -> str:
        return sandbox_level(self._data_dir) or "unknown"

    def _connections(self) -> dict[str, float]:
        pool = self._engine.pool
        assert isinstance(pool, QueuePool)
        return {"in_use": pool.checkedout(), "idle": pool.checkedin(), "most": pool.size() + pool._max_overflow}

    def _disk_free(self) -> float:
        try:
            return float(shutil.disk_usage(self._data_dir).free)
        except OSError:
            return float("nan")


def engine_metrics(state: EngineState) -> Iterable[Metric]:
    yield _gauge("jobs", "Jobs that are not finished, or not yet removed.", "status", state.jobs, JOB_STATES)
    yield _gauge("jobs_oldest_seconds", "Age of the oldest of them.", "status", state.jobs_oldest_s, JOB_STATES)
    yield _gauge("steps_waiting", "Steps that could run and do not yet.", "queue", state.steps_waiting, QUEUES)
    yield _gauge(
        "steps_waiting_oldest_seconds", "How long the oldest waits.", "queue", state.steps_waiting_oldest_s, QUEUES
    )
    yield _gauge("steps_running", "Steps that a worker holds a lease on.", "queue", state.steps_running, QUEUES)
    leases = {"expiring": state.leases_expiring, "expired": state.leases_expired}
    yield _gauge("leases", "Leases that were not renewed for long, and those that ran out.", "state", leases)
    yield _single("webhook_deliveries_pending", "Webhook deliveries still to be made.", state.webhooks_pending)
    yield _single("webhook_deliveries_oldest_seconds", "Age of the oldest of them.", state.webhooks_oldest_s)
    yield from _outcomes("step", "stage", state.outcomes)
    yield from _outcomes("job", "kind", state.outcomes)
    yield from _outcomes("webhook", "event", state.outcomes)


def _outcomes(part: str, label: str, found: Mapping[tuple[str, str, str], Outcomes]) -> Iterable[Metric]:
    labels = (label, "outcome")
    total = CounterMetricFamily(f"lectern_{part}_outcomes", f"What ended, by {label} and outcome.", labels=labels)
    durations = HistogramMetricFamily(f"lectern_{part}_duration_seconds", "How long it took.", labels=labels)
    bounds = [*map(str, BUCKET_BOUNDS_S), "+Inf"]
    for (kind, name, outcome), each in sorted(found.items()):
        if kind != part:
            continue
        sums = [sum(each.counts[: index + 1]) for index in range(len(each.counts))]
        total.add_metric((name, outcome), sums[-1])
        durations.add_metric((name, outcome), list(zip(bounds, sums, strict=True)), each.total_s)
    yield total
    yield durations


def _gauge(name: str, text: str, label: str, values: Mapping[str, float], known: tuple[str, ...] = ()) -> Metric:
    """With a zero for each of ``known`` that has no value: a series that comes and goes is hard to alert on."""
    family = GaugeMetricFamily(f"lectern_{name}", text, labels=(label,))
    for each, value in (dict.fromkeys(known, 0.0) | dict(values)).items():
        family.add_metric((each,), float(value))
    return family


def _single(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"lectern_{name}", text, value=float(value))
