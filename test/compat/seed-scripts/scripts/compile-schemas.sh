for schema in schemas/**/*.avsc; do
  java -jar avro-tools.jar compile schema $schema /tmp/
done
