#!/bin/bash
for group in $(kubectl exec -n kafka kafka-client -- kafka-consumer-groups --bootstrap-server mercurious-cluster-kafka-bootstrap:9092 --list); do
  echo "=== Group: $group ==="
  kubectl exec -n kafka kafka-client -- kafka-consumer-groups --bootstrap-server mercurious-cluster-kafka-bootstrap:9092 --describe --group $group
done
