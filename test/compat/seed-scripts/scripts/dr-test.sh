#!/bin/bash
TEST_ID="dr-test-$(date +%Y%m%d-%H%M%S)"
TEST_TOPIC="dr-test-topic-$TEST_ID"
MESSAGE_COUNT=10000
log() {
    echo "[$(date '+%Y-%m-%d %H:%M:%S')] [$TEST_ID] $1" | tee -a /var/log/dr-tests.log
}
setup_test() {
    log "Création du topic de test..."
    kafka-topics.sh --bootstrap-server $PRIMARY_CLUSTER \
        --create --topic $TEST_TOPIC \
        --partitions 6 --replication-factor 3
    log "Attente de la réplication vers DR..."
    sleep 60
    if ! kafka-topics.sh --bootstrap-server $DR_CLUSTER \
        --list | grep -q "primary.$TEST_TOPIC"; then
        log "ERREUR: Topic non répliqué vers DR"
        exit 1
    fi
}
produce_test_data() {
    log "Production de $MESSAGE_COUNT messages de test..."
    seq 1 $MESSAGE_COUNT | kafka-console-producer.sh \
        --bootstrap-server $PRIMARY_CLUSTER \
        --topic $TEST_TOPIC
    log "Production terminée"
}
wait_for_replication() {
    log "Attente de la réplication complète..."
    while true; do
        primary_offset=$(kafka-run-class.sh kafka.tools.GetOffsetShell \
            --broker-list $PRIMARY_CLUSTER \
            --topic $TEST_TOPIC \
            | awk -F: '{sum += $3} END {print sum}')
        dr_offset=$(kafka-run-class.sh kafka.tools.GetOffsetShell \
            --broker-list $DR_CLUSTER \
            --topic "primary.$TEST_TOPIC" \
            | awk -F: '{sum += $3} END {print sum}')
        lag=$((primary_offset - dr_offset))
        log "Lag actuel: $lag messages"
        if [ "$lag" -eq 0 ]; then
            log "Réplication complète"
            break
        fi
        sleep 5
    done
}
verify_data_integrity() {
    log "Vérification de l'intégrité des données..."
    primary_checksum=$(kafka-console-consumer.sh \
        --bootstrap-server $PRIMARY_CLUSTER \
        --topic $TEST_TOPIC \
        --from-beginning --max-messages $MESSAGE_COUNT \
        --timeout-ms 30000 2>/dev/null | md5sum)
    dr_checksum=$(kafka-console-consumer.sh \
        --bootstrap-server $DR_CLUSTER \
        --topic "primary.$TEST_TOPIC" \
        --from-beginning --max-messages $MESSAGE_COUNT \
        --timeout-ms 30000 2>/dev/null | md5sum)
    if [ "$primary_checksum" == "$dr_checksum" ]; then
        log "✓ Intégrité des données validée"
        return 0
    else
        log "✗ ERREUR: Checksums différents"
        log "  Primary: $primary_checksum"
        log "  DR: $dr_checksum"
        return 1
    fi
}
cleanup() {
    log "Nettoyage..."
    kafka-topics.sh --bootstrap-server $PRIMARY_CLUSTER \
        --delete --topic $TEST_TOPIC
}
measure_rpo() {
    log "Mesure du RPO..."
    start_time=$(date +%s%N)
    echo "rpo-test-$start_time" | kafka-console-producer.sh \
        --bootstrap-server $PRIMARY_CLUSTER \
        --topic $TEST_TOPIC
    while true; do
        if kafka-console-consumer.sh \
            --bootstrap-server $DR_CLUSTER \
            --topic "primary.$TEST_TOPIC" \
            --from-beginning --max-messages 1 \
            --timeout-ms 1000 2>/dev/null | grep -q "rpo-test-$start_time"; then
            end_time=$(date +%s%N)
            break
        fi
    done
    rpo_ms=$(( (end_time - start_time) / 1000000 ))
    log "RPO mesuré: ${rpo_ms}ms"
}
log "=== DÉBUT DU TEST DR ==="
setup_test
produce_test_data
wait_for_replication
verify_data_integrity
result=$?
measure_rpo
cleanup
if [ $result -eq 0 ]; then
    log "=== TEST DR RÉUSSI ==="
else
    log "=== TEST DR ÉCHOUÉ ==="
    exit 1
fi
