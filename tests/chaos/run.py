"""One run of the chaos suite: load, storm, calm, audit."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2

from app.core.database import make_engine, make_sessions
from app.services.deletion import purgeable_jobs
from app.services.storage.factory import make_store
from pipeline.processes import wait_until
from pipeline.strays import drop_strays
from pipeline.tidy import tidy
from tests.chaos import audit
from tests.chaos.cluster import Cluster, running_cluster
from tests.chaos.load import Clients
from tests.chaos.report import Report
from tests.chaos.small_disk import small_disk
from tests.chaos.storm import Storm

READY_WITHIN_S = 60.0
CALMER = 5
"""Once everything has happened, jobs are given the time to get on."""
STORM_WITHIN_S = 1200.0
REST_WITHIN_S = 240.0
REST_PER_JOB_S = 0.5


@dataclass(frozen=True)
class Plan:
    """``every_s`` is the mean pause of a client between two jobs, ``blow_s`` that between two blows."""

    kind: str
    seed: int
    jobs: int
    body: Path
    captions: Path | None = None
    options: str = "{}"
    fast: bool = True
    clients: int = 8
    concurrency: int = 4
    every_s: float = 0.2
    blow_s: float = 2.0
    disk_bytes: int | None = None


def run(plan: Plan, folder: Path) -> Report:
    """Do it all in ``folder``. The caller judges the report."""
    began_s = time.monotonic()
    data_dir, outside = folder / "data", folder / "outside"
    data_dir.mkdir()
    outside.mkdir()
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(data_dir, plan.disk_bytes)) if plan.disk_bytes else None
        with running_cluster(data_dir, outside, fast=plan.fast, concurrency=plan.concurrency) as cluster:
            await_ready(cluster)
            clients = Clients(
                cluster.url,
                plan.seed,
                count=plan.jobs,
                threads=plan.clients,
                body=plan.body,
                captions=plan.captions,
                options=plan.options,
                every_s=plan.every_s,
            )
            storm = Storm(cluster, plan.seed, disk=disk, children=not plan.fast)
            clients.start()
            _blow(storm, clients, plan.blow_s, calmer=CALMER if plan.fast else 1)
            findings = _settle(cluster, clients, outside)
            findings.wrong["clients"] = clients.ledger.errors
            findings.wrong["milestones never struck"] = storm.missed
        findings.wrong["processes left"] = audit.strangers(data_dir)
    return Report(plan.seed, plan.kind, time.monotonic() - began_s, clients.ledger, findings, storm)


def await_ready(cluster: Cluster) -> None:
    """Until the API has its database, broker and store."""
    with httpx2.Client(timeout=2, trust_env=False) as http:

        def ready() -> bool:
            try:
                return http.get(f"{cluster.url}/api/v1/readyz").is_success
            except httpx2.TransportError:
                return False

        assert wait_until(ready, within_s=READY_WITHIN_S), "the service did not get ready"


def _blow(storm: Storm, clients: Clients, every_s: float, *, calmer: int) -> None:
    """As long as clients are at work, which is until everything has happened once."""
    blown_s, give_up_s = time.monotonic(), time.monotonic() + STORM_WITHIN_S
    while clients.busy:
        storm.tend()
        if time.monotonic() - blown_s >= (every_s if not storm.over else calmer * every_s):
            blown_s = time.monotonic()
            storm.blow()
        if storm.over or time.monotonic() > give_up_s:
            clients.enough.set()
        time.sleep(0.05)
    storm.calm()


def _settle(cluster: Cluster, clients: Clients, outside: Path) -> audit.Findings:
    """Wait until nothing is left to do, have the sweepers' slow rounds run now, and judge."""
    settings = cluster.settings
    assert settings.database_url is not None
    engine = make_engine(settings.database_url.get_secret_value())
    sessions, store = make_sessions(engine), make_store(settings)

    def at_rest() -> bool:
        cluster.tend()
        with sessions.begin() as session:
            return audit.resting(session) and not purgeable_jobs(session)

    within_s = REST_WITHIN_S + REST_PER_JOB_S * len(clients.ledger.accepted)
    rested = wait_until(at_rest, within_s=within_s, interval_s=0.5)
    audit.age(audit.leftovers(settings.data_dir), hours=48)
    tidy(settings, sessions)
    drop_strays(sessions, store, young=audit.NO_TIME)
    ledger = clients.ledger
    found = audit.examine(sessions, store, ledger, cluster.history_path)
    found.wrong["files left"] = audit.leftovers(settings.data_dir)
    found.wrong["still at work"] = [] if rested else ["the service did not come to rest"]
    engine.dispose()
    return found
