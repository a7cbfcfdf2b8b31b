#!/bin/bash
set -e
PRIMARY_CLUSTER="kafka-primary.example.com:9092"
DR_CLUSTER="kafka-dr.example.com:9092"
MM2_CONNECTOR="mirrormaker2"
DNS_ZONE="example.com"
KAFKA_CNAME="kafka.example.com"
log() {
    echo "[$(date '+%Y-%m-%d %H:%M:%S')] $1"
}
check_primary_health() {
    log "Vérification de la santé du cluster primaire..."
    if kafka-broker-api-versions.sh --bootstrap-server $PRIMARY_CLUSTER \
        --timeout 10000 2>/dev/null; then
        return 0
    fi
    return 1
}
check_dr_health() {
    log "Vérification de la santé du cluster DR..."
    if ! kafka-broker-api-versions.sh --bootstrap-server $DR_CLUSTER \
        --timeout 10000 2>/dev/null; then
        log "ERREUR: Cluster DR non disponible"
        exit 1
    fi
    log "Cluster DR opérationnel"
}
check_replication_lag() {
    log "Vérification du lag de réplication..."
    lag=$(curl -s "http://mm2-metrics:8080/metrics" \
        | grep 'mm2_replication_lag' \
        | awk '{sum += $2} END {print sum}')
    log "Lag total: $lag messages"
    if [ "$lag" -gt 10000 ]; then
        log "ATTENTION: Lag élevé. Risque de perte de données: ~$lag messages"
        read -p "Continuer le basculement? (yes/no) " confirm
        if [ "$confirm" != "yes" ]; then
            log "Basculement annulé"
            exit 1
        fi
    fi
}
stop_mirrormaker() {
    log "Arrêt de MirrorMaker 2..."
    curl -X PUT "http://kafka-connect:8083/connectors/$MM2_CONNECTOR/pause"
    sleep 30
    curl -X DELETE "http://kafka-connect:8083/connectors/$MM2_CONNECTOR"
    log "MirrorMaker arrêté"
}
update_dns() {
    log "Mise à jour DNS vers le cluster DR..."
    aws route53 change-resource-record-sets \
        --hosted-zone-id $HOSTED_ZONE_ID \
        --change-batch '{
            "Changes": [{
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": "'$KAFKA_CNAME'",
                    "Type": "CNAME",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": "'$DR_CLUSTER'"}]
                }
            }]
        }'
    log "DNS mis à jour. TTL: 60 secondes"
}
notify_teams() {
    log "Notification des équipes..."
    curl -X POST -H 'Content-type: application/json' \
        --data '{"text":"🚨 BASCULEMENT KAFKA: Cluster DR activé. Cluster primaire indisponible."}' \
        $SLACK_WEBHOOK_URL
    curl -X POST "https://events.pagerduty.com/v2/enqueue" \
        -H "Content-Type: application/json" \
        -d '{
            "routing_key": "'$PAGERDUTY_KEY'",
            "event_action": "trigger",
            "payload": {
                "summary": "Kafka Failover to DR",
                "severity": "critical",
                "source": "kafka-failover-script"
            }
        }'
}
validate_failover() {
    log "Validation du basculement..."
    echo "test-failover-$(date +%s)" | kafka-console-producer.sh \
        --bootstrap-server $DR_CLUSTER \
        --topic failover-test
    timeout 10 kafka-console-consumer.sh \
        --bootstrap-server $DR_CLUSTER \
        --topic failover-test \
        --from-beginning \
        --max-messages 1
    log "Validation réussie"
}
log "=== DÉBUT DE LA PROCÉDURE DE BASCULEMENT ==="
if check_primary_health; then
    log "Le cluster primaire est accessible. Basculement non nécessaire."
    read -p "Forcer le basculement? (yes/no) " force
    if [ "$force" != "yes" ]; then
        exit 0
    fi
fi
check_dr_health
check_replication_lag
stop_mirrormaker
update_dns
notify_teams
log "Attente de la propagation DNS (120 secondes)..."
sleep 120
validate_failover
log "=== BASCULEMENT TERMINÉ ==="
log "Actions post-basculement requises:"
log "1. Vérifier les applications clientes"
log "2. Monitorer les métriques du cluster DR"
log "3. Planifier le retour sur le cluster primaire"
