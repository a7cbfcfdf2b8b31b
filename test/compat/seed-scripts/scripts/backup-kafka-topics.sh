#!/bin/bash
BACKUP_DIR="/backup/kafka"
DATE=$(date +%Y%m%d_%H%M%S)
mkdir -p "$BACKUP_DIR/$DATE"
kubectl exec -n kafka kafka-client -- kafka-topics --bootstrap-server mercurious-cluster-kafka-bootstrap:9092 --list > "$BACKUP_DIR/$DATE/topics.list"
while read topic; do
  kubectl exec -n kafka kafka-client -- kafka-topics --bootstrap-server mercurious-cluster-kafka-bootstrap:9092 --describe --topic $topic > "$BACKUP_DIR/$DATE/$topic.config"
done < "$BACKUP_DIR/$DATE/topics.list"
kubectl exec -n kafka kafka-client -- kafka-consumer-groups --bootstrap-server mercurious-cluster-kafka-bootstrap:9092 --list > "$BACKUP_DIR/$DATE/consumer-groups.list"
tar czf "$BACKUP_DIR/kafka-config-$DATE.tar.gz" -C "$BACKUP_DIR" "$DATE"
rm -rf "$BACKUP_DIR/$DATE"
