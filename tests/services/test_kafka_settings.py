"""How to be let in to Kafka, on the level of configuration."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.errors import ConfigurationUnusable, WrongUse
from services.kafka_settings import cluster_of
from streams.run.distributed import credentials
from streams.run.kafka import Cluster

LET_IN = {
    "FENGHUO_KAFKA": "k1:9092, k2:9092",
    "FENGHUO_KAFKA_PROTOCOL": "SASL_SSL",
    "FENGHUO_KAFKA_MECHANISM": "SCRAM-SHA-512",
    "FENGHUO_KAFKA_USER": "fenghuo",
    "FENGHUO_KAFKA_PASSWORD": "fire",
    "FENGHUO_KAFKA_CA": "/etc/ca.pem",
    "FENGHUO_KAFKA_CERT": "/etc/cert.pem",
    "FENGHUO_KAFKA_KEY": "/etc/key.pem",
}


def let_in(cluster: Cluster) -> dict[str, object]:
    """What the client is told, less what concerns no door."""
    return {name: value for name, value in cluster.client_options().items() if "backoff" not in name}


def test_the_address_is_enough() -> None:
    cluster = cluster_of("127.0.0.1:9092", {})
    assert let_in(cluster) == {
        "bootstrap_servers": ["127.0.0.1:9092"],
        "security_protocol": "PLAINTEXT",
    }
    assert cluster.topic("intake") == "fenghuo.intake"


def test_all_settings_are_passed_through() -> None:
    assert let_in(cluster_of(None, LET_IN)) == {
        "bootstrap_servers": ["k1:9092", "k2:9092"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "fenghuo",
        "sasl_plain_password": "fire",
        "ssl_cafile": "/etc/ca.pem",
        "ssl_certfile": "/etc/cert.pem",
        "ssl_keyfile": "/etc/key.pem",
    }


def test_the_password_may_lie_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("beacon\n", encoding="utf-8")
    environ = {**LET_IN, "FENGHUO_KAFKA_PASSWORD_FILE": str(tmp_path / "password")}
    cluster = cluster_of(None, environ)
    assert cluster.password == "beacon"
    assert "beacon" not in f"{cluster!r} {cluster}"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"FENGHUO_KAFKA_PROTOCOL": "TLS"}, "protocol"),
        ({"FENGHUO_KAFKA_MECHANISM": "NTLM"}, "mechanism"),
        ({"FENGHUO_KAFKA_MECHANISM": ""}, "do not fit"),
        ({"FENGHUO_KAFKA_PASSWORD": ""}, "FENGHUO_KAFKA_PASSWORD"),
        ({"FENGHUO_KAFKA_KEY": ""}, "go together"),
        ({"FENGHUO_KAFKA_PASSWORD_FILE": "/nowhere"}, "cannot be read"),
    ],
)
def test_what_cannot_be_is_told(changed: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationUnusable) as error:
        cluster_of(None, {**LET_IN, **changed})
    assert "fire" not in str(error.value)
    assert told in str(error.value)


@pytest.mark.parametrize("servers", ["", "localhost", "localhost:kafka", ":9092"])
def test_an_address_has_a_host_and_a_port(servers: str) -> None:
    with pytest.raises(WrongUse):
        cluster_of(servers, {})


@pytest.fixture
def certificates(tmp_path: Path) -> dict[str, str]:
    """An authority, and what it signed for us: PEM files made for this test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kafka.test")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=9_999))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(private)
    cert = str(tmp_path / "cert.pem")
    return {
        "FENGHUO_KAFKA_CA": cert,
        "FENGHUO_KAFKA_CERT": cert,
        "FENGHUO_KAFKA_KEY": str(tmp_path / "key.pem"),
    }


def test_workers_are_let_in_the_same_way(certificates: dict[str, str]) -> None:
    assert credentials(cluster_of("k1:9092", {})) is None
    sasl = credentials(cluster_of(None, {**LET_IN, **certificates}))
    assert (sasl.protocol.value, sasl.mechanism.value) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (sasl.username, sasl.password) == ("fenghuo", "fire")
    assert sasl.ssl_context.verify_mode == ssl.CERT_REQUIRED
    assert sasl.ssl_context.cert_store_stats()["x509"] == 1
    tls = credentials(cluster_of("k1:9093", {"FENGHUO_KAFKA_PROTOCOL": "SSL", **certificates}))
    assert (tls.protocol.value, tls.context.check_hostname) == ("SSL", True)
    assert "fire" not in repr(sasl)
