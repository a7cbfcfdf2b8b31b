#!/bin/bash
SCHEMA_REGISTRY_URL="${1:-http://localhost:8081}"
SCHEMAS_DIR="schemas"
for schema_file in $(find $SCHEMAS_DIR -name "*.avsc"); do
    subject=$(echo $schema_file | sed 's/schemas\///' | sed 's/\.avsc$//' | tr '/' '-')
    echo "Enregistrement du schéma: $subject"
    compatibility_result=$(curl -s -X POST \
        -H "Content-Type: application/vnd.schemaregistry.v1+json" \
        --data "{\"schema\": $(cat $schema_file | jq -Rs .)}" \
        "$SCHEMA_REGISTRY_URL/compatibility/subjects/$subject-value/versions/latest")
    if echo "$compatibility_result" | grep -q '"is_compatible":false'; then
        echo "ERREUR: Schéma incompatible pour $subject"
        exit 1
    fi
    curl -s -X POST \
        -H "Content-Type: application/vnd.schemaregistry.v1+json" \
        --data "{\"schema\": $(cat $schema_file | jq -Rs .)}" \
        "$SCHEMA_REGISTRY_URL/subjects/$subject-value/versions"
    echo ""
done
