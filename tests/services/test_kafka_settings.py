"""How to be let in to Kafka, on the level of configuration."""

from pathlib import Path

import pytest

from services.errors import ConfigurationUnusable, WrongUse
from services.kafka_settings import cluster_of
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
