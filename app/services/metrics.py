"""What /metrics tells of this process, and the registry that the rest is collected into.

Each application has a registry of its own: nothing is global, and two applications in a process do not mix.
"""

import sys

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
DURATION_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Counts requests, and renders them together with what ``collectors`` find when they are asked."""

    def __init__(self, version: str, *collectors: Collector) -> None:
        # A second series for each, with the time it began: the library's only switch for it, the same for all.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has left it without types
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "lectern_http_requests_total",
            "HTTP requests answered, by method, route template and status.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._durations = Histogram(
            "lectern_http_request_duration_seconds",
            "Seconds from the request's first byte to the answer's last, by method and route template.",
            ("method", "route"),
            buckets=DURATION_BOUNDS_S,
            registry=self._registry,
        )
        self._open = Gauge("lectern_http_requests_open", "HTTP requests being answered.", registry=self._registry)
        build = Gauge(
            "lectern_build_info", "The version that runs; always 1.", ("version", "python"), registry=self._registry
        )
        build.labels(version, ".".join(map(str, sys.version_info[:3]))).set(1)
        ProcessCollector(registry=self._registry)
        for collector in collectors:
            self._registry.register(collector)

    def begin(self) -> None:
        """A request has come."""
        self._open.inc()

    def end(self, *, method: str, route: str, status: int, duration_s: float) -> None:
        """It is over. ``route`` is a template: the number of different ones is bounded, and so is that of methods."""
        self._open.dec()
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._durations.labels(known, route).observe(duration_s)

    def render(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)
