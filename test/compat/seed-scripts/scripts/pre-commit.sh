#!/bin/bash
echo "🔍 Validation des schémas Avro..."
for schema_file in $(git diff --cached --name-only | grep '\.avsc$'); do
    subject=$(basename "$schema_file" .avsc)-value
    echo "Vérification de $schema_file → $subject"
    if ! avro-tools idl2schemata "$schema_file" > /dev/null 2>&1; then
        echo "❌ Erreur de syntaxe dans $schema_file"
        exit 1
    fi
    if curl -s "$SCHEMA_REGISTRY_URL/subjects" > /dev/null 2>&1; then
        SCHEMA=$(cat "$schema_file" | jq -c '.')
        RESULT=$(curl -s -X POST \
            -H "Content-Type: application/vnd.schemaregistry.v1+json" \
            -d "{\"schema\": \"$(echo $SCHEMA | sed 's/"/\\"/g')\"}" \
            "$SCHEMA_REGISTRY_URL/compatibility/subjects/$subject/versions/latest")
        IS_COMPATIBLE=$(echo $RESULT | jq -r '.is_compatible // "true"')
        if [ "$IS_COMPATIBLE" != "true" ]; then
            echo "❌ $schema_file incompatible avec la version actuelle"
            echo "Détails: $RESULT"
            exit 1
        fi
    fi
done
echo "✅ Tous les schémas sont valides"
