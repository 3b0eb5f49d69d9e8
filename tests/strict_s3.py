"""An S3 server for tests: moto, and before it what moto leaves out.

moto stores whatever a pre-signed link is used for. This gate does what S3 does with such a request, written from AWS's
description of Signature Version 4, without boto3's code: the signature is made again from the request as it arrived,
the time is checked, and the body against the checksum that came with it.
"""

import base64
import hashlib
import hmac
import io
import time
from calendar import timegm
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

ACCESS_KEY_ID = "AKIATESTING"
SECRET_ACCESS_KEY = "testing+secret/key"
BUCKET = "lectern"


@contextmanager
def strict_s3() -> Iterator["StrictS3"]:
    """One that serves as long as the context lasts."""
    server = StrictS3()
    server.start()
    try:
        yield server
    finally:
        server.stop()


class StrictS3:
    """Serves on loopback until ``stop``. ``ahead_s`` moves its clock; ``refused`` are the codes it has answered."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.refused: list[str] = []
        moto: Any = DomainDispatcherApplication(create_backend_app)
        self._app: WSGIApplication = moto
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=MotoRequestHandler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> str:
        """The endpoint, with an empty bucket."""
        self._thread.start()
        endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self.client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            region_name="us-east-1",
        )
        self.client.create_bucket(Bucket=BUCKET)
        return endpoint

    def fields(self) -> dict[str, str]:
        """Settings of a service that uses it."""
        return {
            "s3_bucket": BUCKET,
            "s3_endpoint_url": self.client.meta.endpoint_url,
            "aws_access_key_id": ACCESS_KEY_ID,
            "aws_secret_access_key": SECRET_ACCESS_KEY,
        }

    def stop(self) -> None:
        self.client.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        if "HTTP_AUTHORIZATION" in environ and not query.get("X-Amz-Signature"):
            return self._app(environ, start_response)  # boto3's own requests
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        code = self._judge(environ, query, body)
        if code is not None:
            self.refused.append(code)
            answer = f"<Error><Code>{code}</Code></Error>".encode()
            status = "400 Bad Request" if code == "BadDigest" else "403 Forbidden"
            start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(answer)))])
            return [answer]
        if "HTTP_X_AMZ_CHECKSUM_SHA256" in environ:  # S3 does without this; moto keeps no checksum otherwise
            environ["HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM"] = "SHA256"
        return self._app({**environ, "wsgi.input": io.BytesIO(body)}, start_response)

    def _judge(self, environ: WSGIEnvironment, query: dict[str, str], body: bytes) -> str | None:
        """The code of the refusal, if any."""
        signature = query.pop("X-Amz-Signature", "")
        try:
            begun = timegm(time.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))
            ends = begun + int(query["X-Amz-Expires"])
            expected = _signature(environ, query)
        except (KeyError, ValueError):
            return "AuthorizationQueryParametersError"
        if not hmac.compare_digest(expected, signature):
            return "SignatureDoesNotMatch"
        if time.time() + self.ahead_s > ends:
            return "AccessDenied"
        checksum = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
        if checksum is not None and base64.b64encode(hashlib.sha256(body).digest()).decode() != checksum:
            return "BadDigest"
        return None


def _signature(environ: WSGIEnvironment, query: dict[str, str]) -> str:
    """Of the request as it arrived. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    names = query["X-Amz-SignedHeaders"].split(";")
    canonical = "\n".join(
        (
            environ["REQUEST_METHOD"],
            quote(environ["PATH_INFO"].encode("latin-1"), safe="/-_.~"),
            "&".join(f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query)),
            *(f"{name}:{_header(environ, name)}" for name in names),
            "",
            query["X-Amz-SignedHeaders"],
            "UNSIGNED-PAYLOAD",
        )
    )
    key_id, _, scope = query["X-Amz-Credential"].partition("/")
    if key_id != ACCESS_KEY_ID:
        raise ValueError(key_id)
    text = "\n".join(
        (query["X-Amz-Algorithm"], query["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest())
    )
    key = b"AWS4" + SECRET_ACCESS_KEY.encode()
    for each in (*scope.split("/"), text):
        key = hmac.digest(key, each.encode(), "sha256")
    return key.hex()


def _header(environ: WSGIEnvironment, name: str) -> str:
    wsgi = name.upper().replace("-", "_")
    return str(environ.get(wsgi if wsgi in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{wsgi}", "")).strip()
