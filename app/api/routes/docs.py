"""The documentation pages, from files in the fastapi-offline wheel: they work without a network."""

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

STATIC = "/docs-static"

router = APIRouter(include_in_schema=False)


def mount_static(app: FastAPI) -> None:
    """Serve the pages' scripts and styles."""
    app.mount(STATIC, StaticFiles(directory=Path(fastapi_offline.__file__).parent / "static"), name="docs-static")


@router.get("/")
async def root(request: Request) -> RedirectResponse:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/docs")


@router.get("/docs")
async def swagger(request: Request) -> HTMLResponse:
    root_path = request.scope.get("root_path", "")
    return get_swagger_ui_html(
        openapi_url=f"{root_path}/openapi.json",
        title="Lectern",
        swagger_js_url=f"{root_path}{STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{root_path}{STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{root_path}{STATIC}/favicon.png",
    )


@router.get("/redoc")
async def redoc(request: Request) -> HTMLResponse:
    root_path = request.scope.get("root_path", "")
    return get_redoc_html(
        openapi_url=f"{root_path}/openapi.json",
        title="Lectern",
        redoc_js_url=f"{root_path}{STATIC}/redoc.standalone.js",
        redoc_favicon_url=f"{root_path}{STATIC}/favicon.png",
        with_google_fonts=False,
    )
