#!/usr/bin/env bash
# Puts the software that the compat suites test against under node_modules/.cache/mq-peers (or $MQ_PEERS):
#   kafka-4.3.1/   Apache Kafka's jars from Maven: libs/*.jar, config/, bin/kafka-run CLASS ARGS…; kafka-3.9.2/ likewise
#   venv/          Python with confluent-kafka, kafka-python and aiokafka
#   go/clients     a program of franz-go and Sarama, built from test/compat/go
#   jmx/           the Prometheus JMX exporter, jmx_prometheus_javaagent.jar from Maven
#   node/          the newest LTS of Node from npm: bin/node (--node)
#   promtool/      Prometheus' own evaluator of alert rules, out of Debian's package
#   rdkafka/       librdkafka's rdkafka_performance, built from its source in the npm package node-rdkafka (--bench)
# and kcat on the machine itself, from Debian. Prints one line a peer. What is there already is left alone, so a second run takes
# a second; runs at the same time wait for each other.
# usage: scripts/peers/install.sh [--kafka] [--kcat] [--python] [--go] [--jmx] [--promtool] [--node] [--bench] [--all]
#        default: --kafka --kcat --python --go --jmx --promtool
set -euo pipefail

KAFKA=4.3.1
KAFKA_3=3.9.2
SCALA=2.13
LOG4J=2.25.4
CONFLUENT_PYTHON=2.16.1
KAFKA_PYTHON=3.0.12
AIOKAFKA=0.14.0
NODE_RDKAFKA=3.6.1
NODE_LTS=26.10.0
JMX_EXPORTER=1.0.1

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PEERS=${MQ_PEERS:-$ROOT/node_modules/.cache/mq-peers}
HERE=$ROOT/scripts/peers
say() { echo "peers: $*"; }
die() { echo "peers: error: $*" >&2; exit 1; }

apt_lists() { # once a run
  local sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  if [ -z "${APT_FRESH:-}" ]; then $sudo apt-get update -q >/dev/null; APT_FRESH=1; fi
}

apt_install() { # PACKAGE…   only what is missing; refreshes the lists once, and only when needed
  local missing=() p
  for p; do dpkg -s "$p" >/dev/null 2>&1 || missing+=("$p"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "needs ${missing[*]}: install them with this system's package manager"
  apt_lists
  local sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
}

install_kafka() {
  install_kafka_version "$KAFKA" kafka-pom.xml
  install_kafka_version "$KAFKA_3" kafka-3-pom.xml
}

install_kafka_version() { # VERSION POM
  local version=$1 d=$PEERS/kafka-$1 t
  if [ ! -f "$d/.complete" ]; then
    command -v java >/dev/null || apt_install openjdk-17-jdk-headless
    command -v mvn >/dev/null || apt_install maven
    t=$(mktemp -d "$PEERS/.new.XXXX")
    mkdir -p "$t/libs" "$t/bin" "$t/config"
    sed -e "s/@KAFKA@/$version/g; s/@SCALA@/$SCALA/g; s/@LOG4J@/$LOG4J/g" "$HERE/$2" > "$t/pom.xml"
    mvn -q -B -f "$t/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$t/libs" >&2
    cp "$HERE/log4j2.properties" "$HERE/log4j.properties" "$t/config/"
    cp "$HERE/kafka-run" "$t/bin/kafka-run"
    chmod +x "$t/bin/kafka-run"
    chmod 755 "$t"
    touch "$t/.complete"
    rm -rf "$d"
    mv "$t" "$d"
  fi
  say "Apache Kafka $version in $d"
}

install_kcat() {
  command -v kcat >/dev/null || apt_install kcat
  say "$(kcat -V 2>&1 | sed -n 's/^Version /kcat /p')"
}

install_python() {
  local d=$PEERS/venv
  if [ ! -f "$d/.complete-$CONFLUENT_PYTHON-$KAFKA_PYTHON-$AIOKAFKA" ]; then
    command -v python3 >/dev/null || apt_install python3 python3-venv
    rm -rf "$d"
    python3 -m venv "$d" 2>/dev/null || { apt_install python3-venv; rm -rf "$d"; python3 -m venv "$d"; }
    "$d/bin/pip" install -q "confluent-kafka==$CONFLUENT_PYTHON" "kafka-python==$KAFKA_PYTHON" "aiokafka==$AIOKAFKA" >&2
    touch "$d/.complete-$CONFLUENT_PYTHON-$KAFKA_PYTHON-$AIOKAFKA"
  fi
  say "confluent-kafka $CONFLUENT_PYTHON, kafka-python $KAFKA_PYTHON, aiokafka $AIOKAFKA in $d"
}

install_go() { # with the Go of this machine, which fetches the toolchain that go.mod asks for
  local d=$PEERS/go sources=$ROOT/test/compat/go
  if [ ! -x "$d/clients" ] || [ -n "$(find "$sources" -newer "$d/clients" -type f)" ]; then
    command -v go >/dev/null || PATH=$PATH:/usr/local/go/bin # where its own installer puts it
    command -v go >/dev/null || die 'needs go (https://go.dev/doc/install), 1.21 or later'
    mkdir -p "$d"
    (cd "$sources" && go build -o "$d/clients" .) >&2
  fi
  say "franz-go and Sarama in $d"
}

install_jmx() {
  local d=$PEERS/jmx t
  if [ ! -f "$d/.complete-$JMX_EXPORTER" ]; then
    command -v mvn >/dev/null || apt_install maven
    t=$(mktemp -d "$PEERS/.new.XXXX")
    sed -e "s/@JMX_EXPORTER@/$JMX_EXPORTER/g" "$HERE/jmx-pom.xml" > "$t/pom.xml"
    mvn -q -B -f "$t/pom.xml" dependency:copy-dependencies -DoutputDirectory="$t/libs" >&2
    mv "$t/libs/jmx_prometheus_javaagent-$JMX_EXPORTER.jar" "$t/jmx_prometheus_javaagent.jar"
    chmod 755 "$t"
    touch "$t/.complete-$JMX_EXPORTER"
    rm -rf "$d"
    mv "$t" "$d"
  fi
  say "JMX exporter $JMX_EXPORTER in $d"
}

install_promtool() { # only this file out of Debian's package, which would bring a server and start it; MQ_PROMTOOL names one from elsewhere
  local d=$PEERS/promtool t version
  if [ ! -x "$d/promtool" ]; then
    command -v apt-get >/dev/null || die "needs promtool of Prometheus 2.42 or later: set MQ_PROMTOOL to it, and leave --promtool out"
    apt_lists
    t=$(mktemp -d "$PEERS/.new.XXXX")
    (cd "$t" && apt-get download -q prometheus >/dev/null 2>"$t/log" && dpkg -x prometheus_*.deb .) || { cat "$t/log" >&2; rm -rf "$t"; die 'promtool is not to be had from apt'; }
    rm -rf "$d"
    mkdir -p "$d"
    mv "$t/usr/bin/promtool" "$d/promtool"
    rm -rf "$t"
  fi
  version=$("$d/promtool" --version 2>&1 | sed -n '1s/^promtool, version \([^ ]*\).*/\1/p')
  say "promtool${version:+ $version} in $d"
}

install_node() {
  local d=$PEERS/node package
  if [ ! -x "$d/bin/node" ] || [ "$("$d/bin/node" --version)" != "v$NODE_LTS" ]; then
    package=$(node -p '`node-${process.platform}-${process.arch}`')
    rm -rf "$d"
    mkdir -p "$d"
    (cd "$d" && npm pack --silent "$package@$NODE_LTS" > /dev/null && tar xzf "$package"-*.tgz --strip-components=1 && rm -f "$package"-*.tgz)
    chmod +x "$d/bin/node"
  fi
  say "Node $NODE_LTS in $d"
}

install_bench() {
  local d=$PEERS/rdkafka t
  if [ ! -x "$d/rdkafka_performance" ]; then
    apt_install gcc g++ make zlib1g-dev liblz4-dev libzstd-dev libssl-dev
    t=$(mktemp -d "$PEERS/.new.XXXX")
    (cd "$t" && npm pack --silent "node-rdkafka@$NODE_RDKAFKA" >/dev/null && tar xzf node-rdkafka-*.tgz)
    # the example links librdkafka statically, so the one file is all that is kept
    (cd "$t/package/deps/librdkafka" && ./configure && make -j"$(nproc)" -s libs && make -s -C examples rdkafka_performance) > "$t/build.log" 2>&1 \
      || { tail -20 "$t/build.log" >&2; rm -rf "$t"; die 'rdkafka_performance did not build'; }
    rm -rf "$d"
    mkdir -p "$d"
    cp "$t/package/deps/librdkafka/examples/rdkafka_performance" "$d/"
    rm -rf "$t"
  fi
  say "rdkafka_performance in $d"
}

wanted=()
for a; do
  case $a in
    --kafka | --kcat | --python | --go | --jmx | --promtool | --node | --bench) wanted+=("${a#--}") ;;
    --all) wanted+=(kafka kcat python jmx go promtool bench) ;;
    *) die "unknown option $a" ;;
  esac
done
[ ${#wanted[@]} -gt 0 ] || wanted=(kafka kcat python go jmx promtool)

mkdir -p "$PEERS"
exec 9> "$PEERS/.lock"
if command -v flock >/dev/null; then flock 9; fi
for w in "${wanted[@]}"; do "install_$w"; done
