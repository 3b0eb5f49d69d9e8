"""Who asks: the principal of a request, by its API key, or somebody on this machine where no keys are asked for.

``Authorization: Bearer lk_…`` or ``X-API-Key: lk_…``. Reading needs the scope ``read``, everything else ``write``.
"""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import Depends, Query, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from app.api.deps import JobIdDep, Parts, PartsDep
from app.core.errors import LecternError
from app.core.exposure import keys_required
from app.core.principal import Principal, Scope, local_principal
from app.core.security import verify_link
from app.core.settings import Settings
from app.services.job_view import events_text
from app.services.jobs import owner_of
from app.services.rate_limits import RateLimited, network_of

HOW = "Send it as `Authorization: Bearer lk_…` or `X-API-Key`. `lectern keys create` makes one."
bearer = HTTPBearer(auto_error=False, description="An API key.")
api_key_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="An API key.")


class KeyRequired(LecternError):
    code = "key_required"
    status = 401
    title = "An API key is needed"


class KeyRefused(LecternError):
    code = "key_refused"
    status = 401
    title = "The API key is not valid"


class ScopeMissing(LecternError):
    code = "scope_missing"
    status = 403
    title = "The API key may not do this"


AUTH_PROBLEMS = (KeyRequired, KeyRefused, ScopeMissing, RateLimited)
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="lectern"'}
INVALID = {"WWW-Authenticate": 'Bearer realm="lectern", error="invalid_token"'}
FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")
STANDINGS = "lectern.standings"
"""Where the scope of a request keeps how its caller stands: a list of ``Standing``."""


def _key_required(request: Request, settings: Settings) -> bool:
    """Also of who came through a proxy that nobody configured: it may be anybody."""
    if keys_required(settings, request.scope.get("server")):
        return True
    return settings.require_keys is None and any(name in request.headers for name in FORWARDED)


def shown_key(request: Request) -> str | None:
    """The key that a request shows, None without one; X-API-Key leaves Authorization to a proxy's own schemes.

    Raises KeyRefused where there is nothing but such a scheme, and where there are two keys.
    """
    shown = [key.strip() for key in request.headers.getlist("x-api-key") if key.strip()]
    others = 0
    for sent in request.headers.getlist("authorization"):
        scheme, _, key = sent.partition(" ")
        if scheme.lower() == "bearer":
            shown.append(key.strip())
        else:
            others += 1
    if len(set(shown)) > 1:
        raise KeyRefused(f"The request shows two keys. Send one. {HOW}", headers=INVALID)
    if others and not shown:
        raise KeyRefused(f"Only Bearer keys are understood. {HOW}", headers=CHALLENGE)
    return shown[0] if shown else None


async def authenticate(request: Request, parts: Parts) -> Principal:
    """The principal of a request, which counts once against its limit. Raises KeyRequired, KeyRefused, RateLimited."""
    found_before = getattr(request.state, "principal", None)
    if isinstance(found_before, Principal):
        return found_before
    address = request.client.host if request.client else None
    shown = shown_key(request)
    if shown is None:
        if _key_required(request, parts.settings):
            raise KeyRequired(f"This service answers to API keys. {HOW}", headers=CHALLENGE)
        request.state.principal = local = local_principal(address)
        return local
    found = parts.authentication.known(shown) or await _find(parts, shown, address)
    request.state.principal = principal = replace(found, address=address)
    standing = await parts.rate_limits.count(parts.rate_limits.key, principal.actor)
    if standing is not None:
        request.scope.get(STANDINGS, []).append(standing)
        standing.require()
    return principal


async def _find(parts: Parts, shown: str, address: str | None) -> Principal:
    """Ask the database. Whoever guesses is soon refused without that; a key that was right before is no guess."""
    limits, network = parts.rate_limits, network_of(address)
    guess = not parts.authentication.was_right(shown)
    if guess and (standing := await limits.count(limits.failures, network)) is not None:
        standing.require()
    found = await run_sync(parts.authentication.find, shown)
    if guess and found is not None:
        await limits.count(limits.failures, network, by=-1)  # it was none
    if found is None:
        raise KeyRefused(f"The key is unknown, revoked or expired. {HOW}", headers=INVALID)
    return found


def require_scope(principal: Principal, scope: Scope) -> None:
    """Raises ScopeMissing."""
    if scope not in principal.scopes:
        raise ScopeMissing(
            f"The key has no scope `{scope}`. `lectern keys create --scope {scope}` makes one that has.",
            headers={"WWW-Authenticate": f'Bearer realm="lectern", error="insufficient_scope", scope="{scope}"'},
        )


async def get_principal(
    request: Request,
    parts: PartsDep,
    _bearer: Annotated[object, Security(bearer)] = None,
    _header: Annotated[object, Security(api_key_header)] = None,
) -> Principal:
    """For routes of clients' things. The two schemes only document themselves: ``authenticate`` reads the headers."""
    principal = await authenticate(request, parts)
    require_scope(principal, "read" if request.method in ("GET", "HEAD") else "write")
    return principal


async def get_metrics_reader(
    request: Request,
    parts: PartsDep,
    _bearer: Annotated[object, Security(bearer)] = None,
    _header: Annotated[object, Security(api_key_header)] = None,
) -> Principal:
    """For what tells of all owners: the scope ``metrics``."""
    principal = await authenticate(request, parts)
    require_scope(principal, "metrics")
    return principal


async def get_events_principal(
    *,
    request: Request,
    parts: PartsDep,
    job_id: JobIdDep,
    expires: Annotated[str | None, Query(description="Unix time at which the link ends.")] = None,
    signature: Annotated[str | None, Query(description="Of the link in a job's `urls.events`.")] = None,
    _bearer: Annotated[object, Security(bearer)] = None,
    _header: Annotated[object, Security(api_key_header)] = None,
) -> Principal:
    """The owner of the job whose signed link this is, else as everywhere: an EventSource sends no headers."""
    if signature is None:
        principal = await authenticate(request, parts)
        require_scope(principal, "read")
        return principal
    verify_link(parts.secret, events_text(job_id), expires or "", signature)
    owner = await run_sync(_owner_of, parts, job_id)
    address = request.client.host if request.client else None
    request.state.principal = principal = Principal(owner, "link", frozenset({"read"}), address)
    return principal


def _owner_of(parts: Parts, job_id: UUID) -> str:
    with parts.sessions() as session:
        return owner_of(session, job_id)


EventsPrincipalDep = Annotated[Principal, Depends(get_events_principal)]
PrincipalDep = Annotated[Principal, Depends(get_principal)]
MetricsReaderDep = Annotated[Principal, Depends(get_metrics_reader)]
