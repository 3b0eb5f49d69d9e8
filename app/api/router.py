"""All routes under their prefix. Health is also at the root, where supervisors look for it."""

from fastapi import APIRouter

from app.api.routes import (
    docs,
    exports,
    health,
    job_control,
    job_history,
    jobs,
    media,
    metrics,
    plan,
    results,
    submit,
    upload,
    uploads,
    videos,
    webhooks,
)
from app.services.job_view import API

router = APIRouter()
for group in (
    upload,
    uploads,
    submit,
    jobs,
    job_control,
    job_history,
    results,
    exports,
    plan,
    videos,
    webhooks,
    media,
    health,
    metrics,
):
    router.include_router(group.router, prefix=API)
router.include_router(health.router, include_in_schema=False)
router.include_router(metrics.router, include_in_schema=False)
router.include_router(docs.router)
