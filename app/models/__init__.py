"""Tables. Importing this package registers all of them with ``Base.metadata``."""

from app.models.analysis import ContentSegment, LayoutAnalysis, SilenceRegion, Transcript
from app.models.api_key import ApiKey
from app.models.audit import AuditEntry
from app.models.clip import Artifact, Clip
from app.models.finding import StageFinding
from app.models.idempotency import IdempotencyKey
from app.models.job import Job, JobStep
from app.models.log import ProcessingLog
from app.models.loudness import LoudnessContour
from app.models.outcome import OutcomeCount
from app.models.upload import Upload
from app.models.webhook import WebhookAttempt, WebhookDelivery

__all__ = [
    "ApiKey",
    "Artifact",
    "AuditEntry",
    "Clip",
    "ContentSegment",
    "IdempotencyKey",
    "Job",
    "JobStep",
    "LayoutAnalysis",
    "LoudnessContour",
    "OutcomeCount",
    "ProcessingLog",
    "SilenceRegion",
    "StageFinding",
    "Transcript",
    "Upload",
    "WebhookAttempt",
    "WebhookDelivery",
]
