"""The OpenAPI document, with every error told as what it is: application/problem+json."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.errors import PROBLEM_JSON
from app.api.schemas.problem import FieldError, Problem

PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
SECURED = {
    "401": "No valid API key (`key_required`, `key_refused`)",
    "403": "The API key may not do this (`scope_missing`)",
    "429": "Too many requests (`rate_limited`); Retry-After says when to ask again",
}
"""What every operation that asks for a key may answer."""
LIMITED = {
    "Retry-After": "Seconds until the limit's minute ends.",
    "RateLimit-Policy": 'The limits, as `"key";q=1200;w=60`: requests in so many seconds.',
    "RateLimit": 'What is left of each and for how many seconds, as `"key";r=1199;t=60`. On other answers as well.',
}
"""Headers of 429 (draft-ietf-httpapi-ratelimit-headers)."""
UNREADABLE = "The body cannot be decoded (`bad_request`)"
"""What every operation that takes JSON may answer."""
JSON = "application/json"
FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")


def install_openapi(app: FastAPI) -> None:
    """Make ``app.openapi()`` give the document below, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        description=app.description,
        tags=app.openapi_tags,
        routes=app.routes,
        separate_input_output_schemas=app.separate_input_output_schemas,
    )
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _sendable(parameter["schema"])
            if JSON in operation.get("requestBody", {}).get("content", ()):
                operation["responses"].setdefault("400", {"description": UNREADABLE})
            if "security" in operation:
                for status, description in SECURED.items():
                    operation["responses"].setdefault(status, {"description": description})
                operation["responses"]["429"]["headers"] = {
                    name: {"description": told, "schema": {"type": "string"}} for name, told in LIMITED.items()
                }
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")):
                    response["content"] = {PROBLEM_JSON: {"schema": PROBLEM_REF}}
            # FastAPI says so of every route with parameters; ours name the code.
            if operation["responses"].get("422", {}).get("description") == "Validation Error":
                operation["responses"]["422"]["description"] = "The request cannot be used (`invalid_request`)"
    schemas = document["components"]["schemas"]
    for name in FRAMEWORK_SCHEMAS:
        schemas.pop(name, None)
    schemas["FieldError"] = FieldError.model_json_schema()
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas["Problem"].pop("$defs")
    return document


def _sendable(schema: dict[str, Any]) -> dict[str, Any]:
    """Without null, which no parameter can be: it is left out instead. FastAPI says null of all that have no value."""
    variants: list[dict[str, Any]] = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(variants) != 1:
        return schema
    return {name: value for name, value in schema.items() if name != "anyOf"} | variants[0]
