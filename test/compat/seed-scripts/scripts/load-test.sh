#!/bin/bash
BOOTSTRAP_SERVERS="${1:-kafka:9092}"
TOPIC="${2:-load-test-topic}"
NUM_RECORDS="${3:-1000000}"
RECORD_SIZE="${4:-1024}"
THROUGHPUT="${5:--1}"
kafka-topics.sh --bootstrap-server $BOOTSTRAP_SERVERS \
    --create --topic $TOPIC \
    --partitions 12 \
    --replication-factor 3 \
    --config retention.ms=3600000
echo "=== Test de production ==="
kafka-producer-perf-test.sh \
    --topic $TOPIC \
    --num-records $NUM_RECORDS \
    --record-size $RECORD_SIZE \
    --throughput $THROUGHPUT \
    --producer-props \
        bootstrap.servers=$BOOTSTRAP_SERVERS \
        acks=all \
        batch.size=16384 \
        linger.ms=5 \
        compression.type=lz4
echo "=== Test de consommation ==="
kafka-consumer-perf-test.sh \
    --bootstrap-server $BOOTSTRAP_SERVERS \
    --topic $TOPIC \
    --messages $NUM_RECORDS \
    --threads 4
kafka-topics.sh --bootstrap-server $BOOTSTRAP_SERVERS \
    --delete --topic $TOPIC
