"""``lectern audit``: who changed what, from the database itself."""

import json
from datetime import UTC, datetime
from typing import Any

import click

from app.models import AuditEntry
from app.services.audit import entries
from pipeline.direct import service_database


@click.command()
@click.option("--owner", default=None, help="Only changes to this owner's things.")
@click.option("--since", type=click.DateTime(), default=None, help="Only changes from this time on, in UTC.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def audit(owner: str | None, since: datetime | None, limit: int, as_json: bool) -> None:
    """Show the audit trail, oldest first: who changed what, when, from where, in which request."""
    start = since.replace(tzinfo=UTC) if since is not None else None
    with service_database() as session:
        found = [_document(entry) for entry in entries(session, owner=owner, since=start, limit=limit)]
    for entry in found:
        click.echo(json.dumps(entry, ensure_ascii=False) if as_json else _line(entry))
    if not found and not as_json:
        click.echo("Nothing was changed.")


def _document(entry: AuditEntry) -> dict[str, Any]:
    names = ("owner", "actor", "address", "action", "target", "request_id", "data")
    return {"at": entry.at.astimezone(UTC).isoformat(), **{name: getattr(entry, name) for name in names}}


def _line(entry: dict[str, Any]) -> str:
    who = f"{entry['actor']}@{entry['address']}" if entry["address"] else entry["actor"]
    data = json.dumps(entry["data"], ensure_ascii=False) if entry["data"] else ""
    target = entry["target"] or "-"
    return f"{entry['at'][:19]}  {entry['action']:<14} {target:<36}  {who}  {entry['owner']}  {data}".rstrip()
