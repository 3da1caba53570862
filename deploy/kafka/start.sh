#!/bin/sh
# One Kafka broker on this machine, for tests and for trying things out: KRaft, no ZooKeeper, no container.
#
#   deploy/kafka/start.sh fetch                          the jars (Maven, once; about 60 MB)
#   deploy/kafka/start.sh DIR [PORT] [CONTROLLER_PORT]   a broker at 127.0.0.1:PORT (9092), its data in DIR; runs until
#                                                        it is told to stop. What is in DIR already is kept.
#
# Needs a JDK of 17 or newer, and Maven for `fetch`. KAFKA_JARS names the folder of the jars, KAFKA_OPTS the JVM's options.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
jars=${KAFKA_JARS:-$here/../../.venv/kafka}

if [ "${1:-}" = fetch ]; then
    mkdir -p "$jars"
    exec mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$(cd "$jars" && pwd)"
fi
[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ -d "$jars" ] || { echo "There are no jars in $jars: run $0 fetch" >&2; exit 2; }

mkdir -p "$1"
data=$(cd "$1" && pwd)
port=${2:-9092}
controller=${3:-9093}
cat >"$data/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
log.dirs=$data/log
# One broker: nothing can be kept twice.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
offsets.topic.num.partitions=4
# Nobody is waited for, and nothing is made by asking for it.
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
END
cat >"$data/log4j.properties" <<END
log4j.rootLogger=WARN, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.target=System.err
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=%d %p %m (%c)%n
END
kafka() {
    # shellcheck disable=SC2086  # several options
    exec java ${KAFKA_OPTS:--Xms256m -Xmx512m -XX:+UseSerialGC} -Dlog4j.configuration="file:$data/log4j.properties" \
        -cp "$jars/*" "$@"
}
[ -f "$data/log/meta.properties" ] || (kafka kafka.tools.StorageTool format --ignore-formatted \
    --cluster-id fenghuo000000000000000 --config "$data/server.properties") >/dev/null
kafka kafka.Kafka "$data/server.properties"
