#!/bin/bash
BOOTSTRAP_SERVERS="$1"
CONSUMER_GROUP="$2"
echo "=== Diagnostic du lag pour $CONSUMER_GROUP ==="
echo ""
echo "--- Lag par partition ---"
kafka-consumer-groups.sh --bootstrap-server $BOOTSTRAP_SERVERS \
    --describe --group $CONSUMER_GROUP \
    | column -t
echo ""
echo "--- Analyse ---"
lag_data=$(kafka-consumer-groups.sh --bootstrap-server $BOOTSTRAP_SERVERS \
    --describe --group $CONSUMER_GROUP \
    | tail -n +2)
total_lag=0
max_lag=0
partitions_with_lag=0
while IFS= read -r line; do
    lag=$(echo "$line" | awk '{print $6}')
    if [ "$lag" != "-" ] && [ -n "$lag" ]; then
        total_lag=$((total_lag + lag))
        if [ "$lag" -gt 0 ]; then
            partitions_with_lag=$((partitions_with_lag + 1))
        fi
        if [ "$lag" -gt "$max_lag" ]; then
            max_lag=$lag
        fi
    fi
done <<< "$lag_data"
echo "Lag total: $total_lag"
echo "Lag maximum: $max_lag"
echo "Partitions avec lag: $partitions_with_lag"
echo ""
echo "--- Recommandations ---"
if [ "$total_lag" -gt 100000 ]; then
    echo "⚠️  Lag élevé: Considérer l'ajout de consumers ou l'optimisation du traitement"
fi
if [ "$max_lag" -gt 50000 ] && [ "$partitions_with_lag" -lt 3 ]; then
    echo "⚠️  Lag concentré sur peu de partitions: Possible hot partition"
fi
