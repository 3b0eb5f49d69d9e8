"""TLS is spoken by the judged address and verified against the name, by an authority of the test's own."""

import socket
from pathlib import Path

import pytest

from pipeline.egress import Egress, EgressFailed, EgressRefused, EgressTimedOut
from tests.pipeline.remote_server import ALLOWED_HOST, Authority, egress_settings, recorded_connects, serving
from tests.pipeline.test_egress import TRUST, WAIT_S, here


@pytest.fixture
def egress() -> Egress:
    return Egress(egress_settings(), resolve=here, trust=TRUST)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_tls_is_spoken_with_the_name_and_by_the_judged_address(authority: Authority) -> None:
    egress = Egress(egress_settings(), resolve=here, trust=authority.client())
    with serving(lambda exchange: exchange.send(200, b"safe"), authority.server("good.example")) as server:
        url = f"https://GOOD.example.:{server.server_port}/a?b"
        with recorded_connects() as connects:
            assert egress.request("GET", url).body == b"safe"
        assert server.names == ["good.example"]
        assert server.seen[0].headers["Host"] == f"good.example:{server.server_port}"
    assert connects == [(ALLOWED_HOST, server.server_port)]


@pytest.mark.parametrize(
    ("host", "known", "expired"),
    [
        ("bad.example", True, False),
        (ALLOWED_HOST, True, False),
        ("good.example", False, False),
        ("good.example", True, True),
    ],
    ids=["another name", "an address", "an unknown authority", "expired"],
)
def test_a_certificate_that_does_not_fit_ends_the_call(
    authority: Authority, tmp_path: Path, host: str, known: bool, expired: bool
) -> None:
    trust = (authority if known else Authority(tmp_path)).client()
    egress = Egress(egress_settings(), resolve=here, trust=trust)
    with serving(lambda exchange: exchange.send(200), authority.server("good.example", expired=expired)) as server:
        with pytest.raises(EgressFailed, match="certificate") as failed:
            egress.request("GET", f"https://{host}:{server.server_port}/?s3cret")
        assert server.seen == []
    assert not failed.value.retryable
    assert "s3cret" not in str(failed.value)


def test_a_redirect_from_https_to_http_is_refused(authority: Authority) -> None:
    egress = Egress(egress_settings(), resolve=here, trust=authority.client())
    secure = authority.server("good.example")
    with (
        serving(lambda exchange: exchange.send(200)) as plain,
        serving(
            lambda exchange: exchange.send(301, location=f"http://good.example:{plain.server_port}/"), secure
        ) as tls,
        pytest.raises(EgressRefused, match="from https to http"),
    ):
        egress.request("GET", f"https://good.example:{tls.server_port}/", redirects=2)
    assert plain.accepted == 0


def test_a_server_without_tls_is_a_failure(egress: Egress) -> None:
    with serving(lambda exchange: exchange.send(200)) as server, pytest.raises(EgressFailed):
        egress.request("GET", f"https://good.example:{server.server_port}/", timeout_s=10)


def test_a_handshake_that_stalls_is_given_up(egress: Egress) -> None:
    with socket.create_server((ALLOWED_HOST, 0)) as silent, pytest.raises(EgressTimedOut):
        egress.request("GET", f"https://good.example:{silent.getsockname()[1]}/", timeout_s=WAIT_S)
