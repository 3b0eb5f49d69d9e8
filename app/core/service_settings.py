"""Configuration of what clients and operators meet: addresses, stores, keys, limits, what is kept for how long."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from app.core.addresses import networks

GIB = 1024**3
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def conventional(*names: str) -> AliasChoices:
    """The first name is Lectern's own and is what ``.env.example`` shows; the others are what the world uses."""
    return AliasChoices(*names)


def split(value: object) -> object:
    """What an environment variable separates by commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class ServiceSettings(BaseSettings):
    """The first half of ``Settings``."""

    data_dir: Annotated[Path, Field(description="Folder of the embedded stack: objects, broker files, caches.")] = Path(
        "~/.local/share/lectern"
    )
    host: Annotated[str, Field(description="Address the API listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port the API listens on; 0 takes a free one.")] = 8000
    public_url: Annotated[
        str | None, Field(description="Base URL clients use, when a reverse proxy stands in front.")
    ] = None
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="Least severe log kept.")] = (
        "INFO"
    )
    log_format: Annotated[
        Literal["auto", "text", "json"],
        Field(description="Form of log lines: text, json (one object a line), or auto: text on a terminal, else json."),
    ] = "auto"

    database_url: Annotated[
        SecretStr | None,
        Field(
            validation_alias=conventional("LECTERN_DATABASE_URL", "DATABASE_URL"),
            description="PostgreSQL, as postgresql://user:password@host/name. Embedded when empty.",
        ),
    ] = None
    broker_url: Annotated[
        SecretStr | None,
        Field(
            validation_alias=conventional("LECTERN_BROKER_URL", "REDIS_URL"),
            description="Redis (redis://host:6379/0) or RabbitMQ (amqp://…). Files in the data folder when empty.",
        ),
    ] = None

    s3_bucket: Annotated[
        str | None,
        Field(
            validation_alias=conventional("LECTERN_S3_BUCKET", "S3_BUCKET"),
            description="Bucket for media. A local folder when empty.",
        ),
    ] = None
    s3_endpoint_url: Annotated[
        str | None,
        Field(
            validation_alias=conventional("LECTERN_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
            description="Endpoint of an S3-compatible store other than AWS.",
        ),
    ] = None
    aws_region: Annotated[
        str,
        Field(
            validation_alias=conventional("LECTERN_AWS_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"),
            description="Region of the bucket.",
        ),
    ] = "us-east-1"
    aws_access_key_id: Annotated[
        SecretStr | None,
        Field(
            validation_alias=conventional("LECTERN_AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
            description="Key of the store; empty leaves it to boto3's own search (roles, profiles).",
        ),
    ] = None
    aws_secret_access_key: Annotated[
        SecretStr | None,
        Field(
            validation_alias=conventional("LECTERN_AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"),
            description="Secret that belongs to the key.",
        ),
    ] = None

    cloudfront_domain: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9.-]+(:\d+)?$",
            description="Domain of a CloudFront distribution before the bucket; links to media then lead there. Its "
            "cache policy must let the query strings response-content-type and response-content-disposition through.",
        ),
    ] = None
    cloudfront_key_pair_id: Annotated[
        str | None, Field(pattern="^[A-Za-z0-9]+$", description="Id of the public key the distribution trusts.")
    ] = None
    cloudfront_private_key_file: Annotated[
        Path | None, Field(description="File that holds the RSA private key that belongs to it, in PEM.")
    ] = None

    secret_key: Annotated[
        SecretStr | None,
        Field(description="Signs media URLs. Made and kept in the data folder when empty; set it where hosts share."),
    ] = None
    url_expiry_s: Annotated[int, Field(ge=60, le=604800, description="Seconds a signed media URL is good for.")] = 3600
    allowed_hosts: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Names clients may call the API by, besides loopback and the public URL's; * is any."),
    ] = ()
    cors_origins: Annotated[
        tuple[str, ...], NoDecode, Field(description="Origins a browser may call from, separated by commas.")
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas."),
    ] = ()
    require_keys: Annotated[
        bool | None,
        Field(
            description="Whether every request needs an API key. When empty: unless the API is reached on loopback and "
            "no public URL or other host name is set."
        ),
    ] = None
    key_rate_per_minute: Annotated[
        int, Field(ge=0, description="Requests a minute that one API key may make; 0 is no limit.")
    ] = 1200
    address_rate_per_minute: Annotated[
        int, Field(ge=0, description="Requests a minute from one client address; 0 is no limit.")
    ] = 2400
    max_upload_bytes: Annotated[int, Field(ge=1, description="Largest upload, in bytes.")] = 8 * GIB
    max_duration_s: Annotated[float, Field(gt=0, description="Longest recording, in seconds.")] = 6 * 3600.0
    retention_days: Annotated[int, Field(ge=1, description="Days until media and results expire.")] = 30

    upload_expiry_s: Annotated[
        int, Field(ge=300, le=604800, description="Seconds until a direct upload that was not completed is dropped.")
    ] = 86400
    egress_networks: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(
            description="Private networks (CIDR) that URL sources and webhooks may reach all the same, separated by "
            "commas."
        ),
    ] = ()
    yt_dlp: Annotated[
        bool, Field(description="Whether pages of video sites may be sources; needs the extra yt-dlp.")
    ] = False

    @field_validator("allowed_hosts", "cors_origins", "trusted_proxies", "egress_networks", mode="before")
    @classmethod
    def _split_addresses(cls, value: object) -> object:
        return split(value)

    @field_validator("egress_networks", mode="after")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        networks(value)
        return value

    @field_validator("data_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _keys_where_strangers_are(self) -> Self:
        if self.require_keys is False and self.host not in LOOPBACK:
            raise ValueError("LECTERN_REQUIRE_KEYS=false needs LECTERN_HOST to be a loopback address")
        return self

    @model_validator(mode="after")
    def _all_of_cloudfront(self) -> Self:
        given = (self.cloudfront_domain, self.cloudfront_key_pair_id, self.cloudfront_private_key_file)
        if any(given) and not all((*given, self.s3_bucket)):
            raise ValueError(
                "CloudFront needs LECTERN_CLOUDFRONT_DOMAIN, LECTERN_CLOUDFRONT_KEY_PAIR_ID, "
                "LECTERN_CLOUDFRONT_PRIVATE_KEY_FILE and a bucket"
            )
        return self
