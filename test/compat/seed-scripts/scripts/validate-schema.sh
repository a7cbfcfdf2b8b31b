SCHEMA=$(cat schemas/order-created.avsc | jq -c '.')
RESULT=$(curl -s -X POST \
  -H "Content-Type: application/vnd.schemaregistry.v1+json" \
  -d "{\"schema\": \"$SCHEMA\"}" \
  "$SCHEMA_REGISTRY_URL/compatibility/subjects/orders-value/versions/latest")
IS_COMPATIBLE=$(echo $RESULT | jq -r '.is_compatible')
if [ "$IS_COMPATIBLE" != "true" ]; then
  echo "❌ ERREUR: Schéma incompatible!"
  echo "Détails: $RESULT"
  exit 1
fi
echo "✅ Schéma compatible"
