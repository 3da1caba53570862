#!/bin/sh
# The programs that some tests start: a browser with Chinese letters, Prometheus, Alertmanager, a JDK and Maven for Kafka.
# Installs what is missing from Debian's packages when it may (root, apt-get); otherwise says what will be skipped. Kafka's
# own jars come through Maven.
set -eu

kafka() {
    command -v java >/dev/null 2>&1 && command -v mvn >/dev/null 2>&1 || return 0
    [ -z "${FENGHUO_KAFKA:-}" ] || return 0
    ls "$(dirname "$0")"/../.venv/kafka/kafka_*.jar >/dev/null 2>&1 && return 0
    echo "Fetching Kafka's jars (46 MB)"
    "$(dirname "$0")/../deploy/kafka/start.sh" fetch || echo "Could not fetch Kafka's jars; its tests will say so" >&2
}

missing=""
for program in chromium prometheus promtool; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
command -v amtool >/dev/null 2>&1 || command -v prometheus-alertmanager >/dev/null 2>&1 || missing="$missing alertmanager"
[ -d /usr/share/fonts/opentype/noto ] || missing="$missing fonts"
command -v java >/dev/null 2>&1 || missing="$missing java"
command -v mvn >/dev/null 2>&1 || missing="$missing mvn"
if [ -z "$missing" ]; then
    kafka
    exit 0
fi

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Tests that need these will be skipped:$missing" >&2
    kafka
    exit 0
fi

echo "Installing what tests start:$missing"
# RUNLEVEL=1 keeps Debian from starting the servers at once; the limits keep a dead mirror from holding us up.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq -y \
        -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Acquire::http::Timeout=60 "$@" </dev/null >"$log" 2>&1
}
if apt update && apt install --no-install-recommends chromium fonts-noto-cjk prometheus prometheus-alertmanager \
    default-jre-headless maven; then
    kafka
    exit 0
fi
tail -n 20 "$log" >&2
echo "Could not install them; the tests that need them will say so:$missing" >&2
