#!/bin/bash
BROKERS="kafka-1 kafka-2 kafka-3 kafka-4 kafka-5"
NEW_VERSION="3.7.0"
KAFKA_HOME="/opt/kafka"
wait_for_isr_sync() {
    local broker_id=$1
    echo "Attente de la synchronisation ISR pour broker $broker_id..."
    while true; do
        under_replicated=$($KAFKA_HOME/bin/kafka-topics.sh \
            --bootstrap-server localhost:9092 \
            --describe \
            --under-replicated-partitions | wc -l)
        if [ "$under_replicated" -eq 0 ]; then
            echo "ISR synchronisé pour toutes les partitions"
            break
        fi
        echo "Partitions sous-répliquées: $under_replicated. Attente..."
        sleep 30
    done
}
controlled_shutdown() {
    local broker=$1
    echo "Arrêt contrôlé de $broker..."
    ssh $broker "sudo systemctl stop kafka"
    sleep 10
}
upgrade_broker() {
    local broker=$1
    echo "Mise à niveau de $broker vers $NEW_VERSION..."
    ssh $broker << 'EOF'
        cp -r /opt/kafka/config /opt/kafka/config.backup
        wget -q "https://downloads.apache.org/kafka/$NEW_VERSION/kafka_2.13-$NEW_VERSION.tgz" \
            -O /tmp/kafka.tgz
        tar -xzf /tmp/kafka.tgz -C /opt/
        rm -rf /opt/kafka
        mv /opt/kafka_2.13-$NEW_VERSION /opt/kafka
        cp -r /opt/kafka/config.backup/* /opt/kafka/config/
EOF
}
start_broker() {
    local broker=$1
    echo "Démarrage de $broker..."
    ssh $broker "sudo systemctl start kafka"
    sleep 30
    local broker_id=$(ssh $broker "cat /var/kafka/meta.properties | grep broker.id | cut -d= -f2")
    while true; do
        online=$($KAFKA_HOME/bin/kafka-broker-api-versions.sh \
            --bootstrap-server $broker:9092 2>/dev/null | grep -c "ApiVersion")
        if [ "$online" -gt 0 ]; then
            echo "Broker $broker_id en ligne"
            break
        fi
        echo "Attente du démarrage de $broker..."
        sleep 10
    done
}
for broker in $BROKERS; do
    echo "=========================================="
    echo "Traitement de $broker"
    echo "=========================================="
    controlled_shutdown $broker
    sleep 60
    upgrade_broker $broker
    start_broker $broker
    wait_for_isr_sync $broker
    echo "$broker mis à niveau avec succès"
    echo ""
done
echo "Rolling upgrade terminé"
