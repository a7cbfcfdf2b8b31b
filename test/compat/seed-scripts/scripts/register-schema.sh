SCHEMA=$(cat schemas/order-created.avsc | jq -c '.')
curl -X POST \
  -H "Content-Type: application/vnd.schemaregistry.v1+json" \
  -d "{\"schema\": \"$SCHEMA\"}" \
  "$SCHEMA_REGISTRY_URL/subjects/orders-value/versions"
echo "✅ Schéma enregistré"
