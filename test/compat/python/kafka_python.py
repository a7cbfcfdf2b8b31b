"""kafka-python, a client of its own (no librdkafka), against a node: produce, consume in a group, admin. Prints one JSON document."""

import json
import sys
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

bootstrap = sys.argv[1]
seen = {}
admin = KafkaAdminClient(bootstrap_servers=bootstrap)
admin.create_topics([NewTopic("kp", num_partitions=2, replication_factor=1)])
producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", compression_type="gzip")
offsets = [producer.send("kp", key=b"k", value=str(i).encode(), partition=i % 2, headers=[("n", b"1")]).get(30).offset for i in range(20)]
producer.close()
seen["offsets"] = offsets
consumer = KafkaConsumer("kp", bootstrap_servers=bootstrap, group_id="kp", auto_offset_reset="earliest", enable_auto_commit=False)
records = []
limit = time.monotonic() + 60
while len(records) < 20 and time.monotonic() < limit:
    for batch in consumer.poll(timeout_ms=500).values():
        records.extend(batch)
seen["values"] = sorted(int(record.value) for record in records)
seen["headers"] = [[key, value.decode()] for key, value in records[0].headers]
consumer.commit()
seen["committed"] = [consumer.committed(TopicPartition("kp", p)) for p in range(2)]
seen["ends"] = sorted(consumer.end_offsets([TopicPartition("kp", p) for p in range(2)]).values())
consumer.close()
seen["topic"] = "kp" in admin.list_topics()
admin.delete_topics(["kp"])
admin.close()
json.dump(seen, sys.stdout)
