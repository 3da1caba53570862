"""Which Kafka, and how to be let in: from the command line and the environment.

| variable | what |
|---|---|
| `FENGHUO_KAFKA` | `host:port`, several with commas |
| `FENGHUO_KAFKA_PREFIX` | what the house's topics and groups begin with (`fenghuo`) |
| `FENGHUO_KAFKA_PROTOCOL` | `PLAINTEXT` (default), `SSL`, `SASL_PLAINTEXT`, `SASL_SSL` |
| `FENGHUO_KAFKA_MECHANISM` | `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` |
| `FENGHUO_KAFKA_USER`, `FENGHUO_KAFKA_PASSWORD` | or `FENGHUO_KAFKA_PASSWORD_FILE`, which names a file |
| `FENGHUO_KAFKA_CA`, `FENGHUO_KAFKA_CERT`, `FENGHUO_KAFKA_KEY` | PEM files |
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from services.errors import ConfigurationUnusable, WrongUse

if TYPE_CHECKING:
    from streams.run.kafka import Cluster

VARIABLE = "FENGHUO_KAFKA"
_FIELDS = {
    "prefix": "PREFIX",
    "protocol": "PROTOCOL",
    "mechanism": "MECHANISM",
    "user": "USER",
    "ca_file": "CA",
    "cert_file": "CERT",
    "key_file": "KEY",
}


def cluster_of(servers: str | None, environ: Mapping[str, str]) -> "Cluster":
    """The Kafka that `servers` (else the environment) names.

    Raises:
        WrongUse: none is named, or the extra is not installed.
        ConfigurationUnusable: a variable holds what it cannot; the message never holds the password.
    """
    try:
        from streams.run.kafka import Cluster
    except ModuleNotFoundError as error:
        raise WrongUse(
            "Kafka needs the extra: pip install 'fenghuo[kafka]' (需要安装 kafka 附加组件)"
        ) from error
    named = servers or environ.get(VARIABLE)
    if not named:
        raise WrongUse(f"which Kafka? Give --kafka HOST:PORT or set {VARIABLE} (没有指定 Kafka)")
    given = {field: environ.get(f"{VARIABLE}_{suffix}") or None for field, suffix in _FIELDS.items()}
    values = {field: value for field, value in given.items() if value is not None}
    try:
        cluster = msgspec.convert(
            {"servers": _servers(named), "password": _password(environ), **values}, Cluster
        )
    except msgspec.ValidationError as error:
        raise ConfigurationUnusable(f"the settings of Kafka ({VARIABLE}_…): {error}") from error
    _check(cluster)
    return cluster


def _servers(named: str) -> tuple[str, ...]:
    servers = tuple(one.strip() for one in named.split(",") if one.strip())
    for one in servers:
        host, _, port = one.rpartition(":")
        if not host or not port.isdigit():
            raise WrongUse(f"{one!r} is no HOST:PORT (应为 主机:端口)")
    return servers


def _password(environ: Mapping[str, str]) -> str | None:
    file = environ.get(f"{VARIABLE}_PASSWORD_FILE")
    if not file:
        return environ.get(f"{VARIABLE}_PASSWORD") or None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationUnusable(f"{VARIABLE}_PASSWORD_FILE cannot be read: {error}") from error


def _check(cluster: "Cluster") -> None:
    asks = cluster.protocol.startswith("SASL")
    if asks != (cluster.mechanism is not None):
        raise ConfigurationUnusable(
            f"{VARIABLE}_PROTOCOL and {VARIABLE}_MECHANISM do not fit: SASL takes both"
        )
    if asks and (cluster.user is None or cluster.password is None):
        raise ConfigurationUnusable(f"{cluster.protocol} takes {VARIABLE}_USER and {VARIABLE}_PASSWORD")
    if (cluster.cert_file is None) != (cluster.key_file is None):
        raise ConfigurationUnusable(f"{VARIABLE}_CERT and {VARIABLE}_KEY go together")
