"""``lectern keys``: API keys, in the database itself, so that the first one needs no key."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from sqlalchemy.orm import Session

from app.core.principal import SCOPES, Principal, Scope
from app.models import ApiKey
from app.services.api_keys import KEY, create_key, list_keys, revoke_key
from app.services.audit import record
from pipeline.direct import service_database

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
LONGEST = timedelta(days=36500)


class Lifetime(click.ParamType[timedelta]):
    """``90d``: a number with m, h, d or w."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        match = re.fullmatch(r"(\d{1,6})([mhdw])", str(value).strip(), re.ASCII)
        length = int(match[1]) * UNITS[match[2]] if match else timedelta()
        if not timedelta() < length <= LONGEST:
            self.fail(f"{value!r} is no length of time such as 90d, 12h or 4w.", param, ctx)
        return length


@click.group()
def keys() -> None:
    """API keys: made, listed, revoked. Works on DATABASE_URL, else on the database of the data folder."""


@keys.command()
@click.option("--name", default="", help="What the key is for; only shown in lists.")
@click.option(
    "--owner", default=None, help="Whose jobs the key sees. Its own when left out; local: those made without keys."
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    default=("read", "write"),
    show_default=True,
    help="What it may do; may be repeated.",
)
@click.option("--expires-in", type=Lifetime(), default=None, metavar="TIME", help="90d, 12h, 4w; never when left out.")
@click.option("--json", "as_json", is_flag=True, help="Print the key and what it may do as JSON.")
def create(
    name: str, owner: str | None, scopes: tuple[Scope, ...], expires_in: timedelta | None, as_json: bool
) -> None:
    """Make a key and print it, this once."""
    if owner is not None and not owner.strip():
        raise click.BadParameter("an owner has a name.", param_hint="--owner")
    chosen = tuple(dict.fromkeys(scopes))
    with service_database() as session:
        made = create_key(session, name=name, owner=owner, scopes=chosen, expires_in=expires_in)
        _record(session, "key.create", made.row)
    if as_json:
        click.echo(json.dumps({"key": made.key, **_document(made.row)}, indent=2, ensure_ascii=False))
    else:
        click.echo(made.key)
    click.echo("Keep it now: it is shown this once and cannot be shown again.", err=True)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
def list_(as_json: bool) -> None:
    """List all keys, revoked and expired ones too; never the keys themselves."""
    with service_database() as session:
        found = [_document(row) for row in list_keys(session)]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("No keys.")
    for key in found:
        used = f"used {key['last_used_at'][:16]}" if key["last_used_at"] else "never used"
        scopes = ",".join(key["scopes"])
        click.echo(f"{key['prefix']}  {key['state']:<8} {scopes:<18} {used:<22} {key['owner']}  {key['name']}".rstrip())


@keys.command()
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """End the key that begins with PREFIX (lk_ and ten characters, as `keys list` shows it)."""
    whole = KEY.fullmatch(prefix.strip())
    with service_database() as session:
        row = revoke_key(session, whole["prefix"] if whole else prefix.strip())
        _record(session, "key.revoke", row)
        shown = row.prefix
    click.echo(f"{shown} is revoked; a running service knows within five seconds.")


def _document(row: ApiKey) -> dict[str, Any]:
    expired = row.expires_at is not None and row.expires_at <= datetime.now(UTC)
    times = ("created_at", "expires_at", "revoked_at", "last_used_at")
    return {
        "prefix": row.prefix,
        "name": row.name,
        "owner": row.owner,
        "scopes": row.scopes,
        "state": "revoked" if row.revoked_at else "expired" if expired else "live",
        **{name: time.astimezone(UTC).isoformat() if (time := getattr(row, name)) else None for name in times},
    }


def _record(session: Session, action: str, row: ApiKey) -> None:
    shell = Principal(row.owner, "shell", frozenset())
    record(session, shell, action, row.prefix, scopes=row.scopes)
