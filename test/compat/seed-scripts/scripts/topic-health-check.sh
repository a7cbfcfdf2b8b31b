#!/bin/bash
BOOTSTRAP_SERVERS="${1:-localhost:9092}"
echo "=== Diagnostic de santé des topics ==="
echo ""
echo "--- Partitions sous-répliquées ---"
kafka-topics.sh --bootstrap-server $BOOTSTRAP_SERVERS \
    --describe \
    --under-replicated-partitions
echo ""
echo "--- Partitions hors ligne ---"
kafka-topics.sh --bootstrap-server $BOOTSTRAP_SERVERS \
    --describe \
    --unavailable-partitions
echo ""
echo "--- Topics avec ISR < replication.factor ---"
kafka-topics.sh --bootstrap-server $BOOTSTRAP_SERVERS \
    --describe \
    | awk '/Isr:/ {
        split($0, a, "Replicas:");
        split(a[2], b, "Isr:");
        replicas = gsub(/,/, ",", b[1]) + 1;
        isr = gsub(/,/, ",", b[2]) + 1;
        if (isr < replicas) print $0
    }'
echo ""
echo "--- Distribution des leaders par broker ---"
kafka-topics.sh --bootstrap-server $BOOTSTRAP_SERVERS \
    --describe \
    | grep "Leader:" \
    | awk '{print $6}' \
    | sort \
    | uniq -c \
    | sort -rn
echo ""
echo "--- Top 10 topics par nombre de partitions ---"
kafka-topics.sh --bootstrap-server $BOOTSTRAP_SERVERS \
    --describe \
    | grep "PartitionCount:" \
    | awk '{print $4, $2}' \
    | sort -rn \
    | head -10
