#!/bin/bash
KAFKA_HOME="/opt/kafka"
CLUSTER_ID=$(cat /var/kafka/cluster_id)
echo "=== Phase 1: Génération des métadonnées KRaft ==="
mkdir -p /var/kafka/kraft-combined-logs
$KAFKA_HOME/bin/kafka-storage.sh format \
    --config $KAFKA_HOME/config/kraft/server.properties \
    --cluster-id $CLUSTER_ID \
    --ignore-formatted
echo "=== Phase 2: Migration des métadonnées depuis ZooKeeper ==="
$KAFKA_HOME/bin/kafka-metadata.sh snapshot \
    --snapshot /tmp/kraft-snapshot \
    --cluster-id $CLUSTER_ID
$KAFKA_HOME/bin/kafka-metadata.sh verify \
    --snapshot /tmp/kraft-snapshot \
    --cluster-id $CLUSTER_ID
echo "=== Phase 3: Démarrage en mode KRaft ==="
echo "Migration préparée. Exécuter le rolling restart avec la nouvelle configuration."
