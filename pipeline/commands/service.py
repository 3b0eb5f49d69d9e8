"""``lectern serve``, ``api``, ``worker``, ``jobs`` and ``migrate``: the service itself."""

import json
import os
import signal
import sys
import threading
from types import FrameType

import click
from sqlalchemy.exc import OperationalError

from app.core.database import make_engine
from app.core.exposure import keys_required
from app.core.migrations import upgrade
from app.core.settings import get_settings
from pipeline import api_server
from pipeline.client import Client, ServiceError
from pipeline.listener import listen
from pipeline.runtime import NotConfigured
from pipeline.stack import Stack, find_running
from pipeline.terminal import clock

LOOK_EVERY_S = 0.5


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port of the API; 0 takes a free one.")
@click.option("--worker/--no-worker", default=True, help="Run a worker beside the API.")
def serve(port: int | None, worker: bool) -> None:
    """Run the service: API, worker, and what is not configured (database, broker, object store)."""
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    settings = get_settings()
    with Stack(settings, port=port, worker=worker) as stack:
        click.echo(f"Lectern is at {stack.url}  (API page: {stack.url}/docs, data: {settings.data_dir})")
        if keys_required(settings):
            click.echo("Every request needs an API key: `lectern keys create` makes one.")
        click.echo("Press Ctrl-C to stop.")
        while not stopping.wait(LOOK_EVERY_S):
            stack.keep_alive()
        click.echo("Stopping.")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port of the API; 0 takes a free one.")
def api(port: int | None) -> None:
    """Run the API alone, in the foreground, for the configured database and broker. Logs go to standard error."""
    settings = get_settings()
    if settings.database_url is None:
        raise NotConfigured("Set DATABASE_URL (and REDIS_URL): an API alone shares them with workers elsewhere.")
    api_server.main(listen(settings.host, settings.port if port is None else port).detach())


@click.command()
def worker() -> None:
    """Run a worker for the configured database and broker."""
    settings = get_settings()
    if settings.database_url is None:
        raise NotConfigured("Set DATABASE_URL (and REDIS_URL): a worker shares them with the API.")
    # A process of its own: Celery reads the settings while it is imported, too early to tell a wrong one in a sentence.
    os.execv(sys.executable, [sys.executable, "-m", "pipeline.worker"])  # noqa: S606 - our own program, no shell


@click.command()
def migrate() -> None:
    """Bring the configured database to the newest schema."""
    settings = get_settings()
    if settings.database_url is None:
        raise NotConfigured("Set DATABASE_URL. The embedded database is migrated when the service starts.")
    engine = make_engine(settings.database_url.get_secret_value())
    try:
        upgrade(engine)
    except OperationalError as error:
        raise ServiceError("The database does not answer. Start it, or check DATABASE_URL.") from error
    finally:
        engine.dispose()
    click.echo("The database is up to date.")


@click.command()
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--status", type=click.Choice(["queued", "running", "completed", "failed", "cancelled"]), default=None)
@click.option("--url", default=None, metavar="URL", help="The service to ask; the local one by default.")
@click.option("--json", "as_json", is_flag=True, help="Print the jobs as JSON.")
def jobs(limit: int, status: str | None, url: str | None, as_json: bool) -> None:
    """List the newest jobs of a running service. A key it asks for is taken from LECTERN_API_KEY."""
    base_url = url or _running_url()
    client = Client(base_url)
    query: dict[str, str | int] = {"limit": limit} | ({"status": status} if status else {})
    found = client.jobs(**query)
    client.close()
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("No jobs.")
    for job in found:
        source = job["source"]
        length = clock(source["duration_s"]) if source.get("duration_s") else "?"
        state = f"{job['status']} {job['progress']:.0%}" if job["status"] == "running" else job["status"]
        click.echo(f"{job['id']}  {state:<14} {job['created_at'][:19]}  {length:>8}  {source['filename']}")


@click.command()
@click.argument("job_id", metavar="ID")
@click.option("--url", default=None, metavar="URL", help="The service to ask; the local one by default.")
@click.option("--json", "as_json", is_flag=True, help="Print the job as JSON.")
def cancel(job_id: str, url: str | None, as_json: bool) -> None:
    """Cancel the job ID of a running service. What is finished is kept. A key comes from LECTERN_API_KEY."""
    client = Client(url or _running_url())
    job = client.cancel(job_id)
    client.close()
    if as_json:
        click.echo(json.dumps(job, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{job['id']} is {job['status'] if job['status'] == 'cancelled' else 'being cancelled'}.")


def _running_url() -> str:
    running = find_running(get_settings().data_dir)
    if running is None:
        raise ServiceError("No service runs on the data folder. Start one with `lectern serve`, or give --url.")
    return running.url
