"""Errors with a stable code, a status for HTTP, and a sentence for a person."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldProblem:
    """One field that does not fit: where it is (``body.options.max_clips``) and why."""

    field: str
    message: str


class LecternError(Exception):
    """The root. Its text is shown to the caller, so it never holds a secret or a path of the server."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    retryable: ClassVar[bool] = False
    """In a step: whether a later attempt may succeed."""
    fatal: ClassVar[bool] = False
    """In a step: whether it ends the job that could do without the step, since a retry with what is missing helps."""

    def __init__(self, detail: str, *, errors: tuple[FieldProblem, ...] = (), headers: dict[str, str] | None = None):
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


class JobNotFound(LecternError):
    code = "job_not_found"
    status = 404
    title = "No such job"


class ArtifactNotFound(LecternError):
    code = "artifact_not_found"
    status = 404
    title = "No such file"


class ResultNotReady(LecternError):
    code = "result_not_ready"
    status = 409
    title = "The job is not finished"


class InvalidRequest(LecternError):
    code = "invalid_request"
    status = 422
    title = "The request cannot be used"


class UnsupportedMedia(LecternError):
    code = "unsupported_media"
    status = 415
    title = "Not a media file that Lectern reads"


class FileTooLarge(LecternError):
    code = "file_too_large"
    status = 413
    title = "The file is too large"


class EmptyFile(LecternError):
    code = "empty_file"
    status = 422
    title = "The file is empty"


class LinkExpired(LecternError):
    code = "link_expired"
    status = 403
    title = "The link cannot be used"


class StorageUnavailable(LecternError):
    code = "storage_unavailable"
    status = 503
    retryable = True
    title = "The object store does not answer"


class DatabaseUnavailable(LecternError):
    code = "database_unavailable"
    status = 503
    title = "The database does not answer"


class ForbiddenUrl(LecternError):
    code = "forbidden_url"
    status = 422
    title = "The URL is not one that Lectern calls"


class SourceRefused(LecternError):
    code = "source_refused"
    status = 422
    title = "The source refuses to hand out the recording"


class SourceUnreachable(LecternError):
    code = "source_unreachable"
    status = 502
    retryable = True
    title = "The source does not answer"


class DependencyMissing(LecternError):
    code = "dependency_missing"
    status = 503
    title = "An optional part is not installed"
