#!/bin/bash
echo "📊 Analyse des schémas..."
SUBJECTS=$(curl -s $SCHEMA_REGISTRY_URL/subjects)
for subject in $(echo $SUBJECTS | jq -r '.[]'); do
    VERSIONS=$(curl -s "$SCHEMA_REGISTRY_URL/subjects/$subject/versions" | jq '. | length')
    LATEST=$(curl -s "$SCHEMA_REGISTRY_URL/subjects/$subject/versions/latest")
    if [ "$VERSIONS" -eq 1 ]; then
        echo "⚠️  $subject: Une seule version, potentiellement abandonné"
    fi
done
