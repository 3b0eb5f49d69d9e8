"""GET /metrics: how the service stands, for Prometheus."""

from fastapi import APIRouter
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import PlainTextResponse, Response

from app.api.auth import AUTH_PROBLEMS, MetricsReaderDep
from app.api.deps import PartsDep
from app.api.errors import problems
from app.core.errors import DatabaseUnavailable

router = APIRouter(tags=["service"])


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Metrics for Prometheus",
    response_class=PlainTextResponse,
    response_description="The text format of Prometheus.",
    responses=problems(*AUTH_PROBLEMS, DatabaseUnavailable),
)
def read_metrics(parts: PartsDep, _reader: MetricsReaderDep) -> Response:
    """Needs a key of the scope `metrics`, where keys are needed. Answers within two seconds, also when the database
    is down: then `lectern_up{part="database"}` is 0 and what comes from it is missing."""
    return Response(parts.metrics.render(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
