#!/bin/bash
SOURCE_CLUSTER="kafka-old:9092"
TARGET_CLUSTER="kafka-new:9092"
TOPIC_TO_MIGRATE="orders.created"
CONSUMER_GROUPS="order-processor,analytics-consumer"
echo "=== Phase 1: Démarrage de la réplication ==="
cat > /tmp/mm2-migration.properties << EOF
clusters = source, target
source.bootstrap.servers = $SOURCE_CLUSTER
target.bootstrap.servers = $TARGET_CLUSTER
source->target.enabled = true
source->target.topics = $TOPIC_TO_MIGRATE
source->target.sync.group.offsets.enabled = true
EOF
connect-mirror-maker /tmp/mm2-migration.properties &
MM2_PID=$!
echo "MirrorMaker démarré (PID: $MM2_PID)"
echo "=== Phase 2: Attente de la synchronisation ==="
while true; do
    lag=$(kafka-consumer-groups.sh --bootstrap-server $TARGET_CLUSTER \
        --describe --group mm2-source \
        | grep $TOPIC_TO_MIGRATE \
        | awk '{sum += $6} END {print sum}')
    if [ "$lag" -lt 100 ]; then
        echo "Lag acceptable: $lag messages"
        break
    fi
    echo "Lag actuel: $lag messages. Attente..."
    sleep 10
done
echo "=== Phase 3: Basculement des consommateurs ==="
for group in $(echo $CONSUMER_GROUPS | tr ',' ' '); do
    echo "Migration du groupe $group..."
    kafka-consumer-groups.sh --bootstrap-server $TARGET_CLUSTER \
        --group $group \
        --reset-offsets \
        --topic source.$TOPIC_TO_MIGRATE \
        --to-earliest \
        --execute
done
echo "=== Phase 4: Validation ==="
for group in $(echo $CONSUMER_GROUPS | tr ',' ' '); do
    kafka-consumer-groups.sh --bootstrap-server $TARGET_CLUSTER \
        --describe --group $group
done
echo "=== Phase 5: Nettoyage ==="
kill $MM2_PID
echo "Migration terminée. Vérifier le fonctionnement avant de supprimer l'ancien topic."
