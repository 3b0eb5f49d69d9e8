"""Every error leaves as application/problem+json (RFC 9457): ours, the framework's, the database's, and bugs."""

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import psycopg2
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Mount

from app.api.field_paths import field_path
from app.core.errors import DatabaseUnavailable, FieldProblem, InvalidRequest, LecternError
from app.core.logging import request_id

PROBLEM_JSON = "application/problem+json"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
RETRY_AFTER_S = "2"
HTTP_CODES = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
}
"""Codes of what the framework refuses before a route of ours is asked."""
DOWN = (OperationalError, InterfaceError, PoolTimeout, psycopg2.OperationalError, psycopg2.InterfaceError)
"""A server that is not there, is starting or ending, does not answer, or has no connection or room left."""
READ_ONLY = "25006"
"""SQLSTATE of a server that takes no writes: a standby that has not taken over yet."""

log = logging.getLogger(__name__)


class NotAcceptable(LecternError):
    code = "not_acceptable"
    status = 406
    title = "No format that the client accepts"


class RangeNotSatisfiable(LecternError):
    code = "range_not_satisfiable"
    status = 416
    title = "The range lies outside the file"


class NotReady(LecternError):
    code = "not_ready"
    status = 503
    title = "The service is not ready"


class RequestTimeout(LecternError):
    code = "request_timeout"
    status = 408
    title = "The request came to a halt"


def problem_response(path: str, error: LecternError) -> Response:
    """The document of ``error`` for a request of ``path``."""
    retry = {"Retry-After": RETRY_AFTER_S} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return _render(
        path,
        error.status,
        error.code,
        error.title,
        detail=error.detail,
        errors=error.errors,
        headers=retry | error.headers,
    )


def internal_error(path: str) -> Response:
    """What a bug looks like from outside: nothing but the id to look for in the log."""
    return problem_response(path, LecternError(f"The server's log says more under request {request_id.get()}."))


def _render(
    path: str,
    status: int,
    code: str,
    title: str,
    *,
    detail: str,
    errors: tuple[FieldProblem, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    document = {
        "type": f"urn:lectern:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path,
        "code": code,
        "request_id": request_id.get(),
        "errors": [{"field": each.field, "message": each.message} for each in errors],
    }
    return JSONResponse(document, status, headers, media_type=PROBLEM_JSON)


def _lectern_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, LecternError)
    return problem_response(request.url.path, error)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = tuple(FieldProblem(field_path(each["loc"], error.body), each["msg"]) for each in error.errors())
    return problem_response(request.url.path, InvalidRequest("The request cannot be used.", errors=fields))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = HTTP_CODES.get(status, "http_error")
    ours = status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
    detail = f"{request.method} {request.url.path} is not something this server answers." if ours else error.detail
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED and (allowed := _allowed(request)):
        headers["Allow"] = allowed
    return _render(request.url.path, status, code, status.phrase, detail=detail, headers=headers)


def _allowed(request: Request) -> str:
    """Every method of the path: the framework names those of the first route that has it. Empty under a mount."""
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    scopes = {method: {**request.scope, "method": method} for method in METHODS}
    return ", ".join(
        method for method, scope in scopes.items() if any(route.matches(scope)[0] is Match.FULL for route in routes)
    )


def _database_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, DOWN) and not _lost(error):
        raise error
    log.warning("database unavailable: %s", type(error).__name__)
    return problem_response(request.url.path, DatabaseUnavailable("The database does not answer. Try again soon."))


def _lost(error: Exception) -> bool:
    """Whether the connection went away, or its server cannot write, whatever name the driver has for it."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "pgcode", None) == READ_ONLY


def install_error_handlers(app: FastAPI) -> None:
    """Register the handlers. What none of them takes is a bug and ends in ``internal_error``."""
    app.add_exception_handler(LecternError, _lectern_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    for failure in (*DOWN, DBAPIError):
        app.add_exception_handler(failure, _database_error)


def all_codes() -> dict[str, tuple[int, str]]:
    """Every code a problem of this service may have, with its status and title."""
    codes = {code: (int(status), status.phrase) for status, code in HTTP_CODES.items()}
    codes["http_error"] = (0, "Another refusal by the HTTP layer; see the status")
    ours: list[type[LecternError]] = [LecternError, *_descendants(LecternError)]
    for kind in ours:
        codes[kind.code] = (kind.status, kind.title)
    return codes


def _descendants(kind: type[LecternError]) -> Iterable[type[LecternError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _descendants(each)


def problems(*kinds: type[LecternError]) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may raise ``kinds``, for the OpenAPI document."""
    by_status: dict[int | str, list[type[LecternError]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {
        status: {
            "description": "; ".join(f"{each.title} (`{each.code}`)" for each in same),
        }
        for status, same in by_status.items()
    }
