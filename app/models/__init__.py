"""Tables. Importing this package registers all of them with ``Base.metadata``."""

from app.models.analysis import ContentSegment, LayoutAnalysis, SilenceRegion, Transcript
from app.models.clip import Artifact, Clip
from app.models.idempotency import IdempotencyKey
from app.models.job import Job, JobStep
from app.models.log import ProcessingLog
from app.models.upload import Upload

__all__ = [
    "Artifact",
    "Clip",
    "ContentSegment",
    "IdempotencyKey",
    "Job",
    "JobStep",
    "LayoutAnalysis",
    "ProcessingLog",
    "SilenceRegion",
    "Transcript",
    "Upload",
]
