"""confluent-kafka against a node: produce with every codec, consume in a group, admin. Prints one JSON document; any error ends it."""

import json
import sys
import time

from confluent_kafka import Consumer, ConsumerGroupState, KafkaException, Producer, TopicPartition, libversion
from confluent_kafka.admin import (
    AdminClient,
    ConfigEntry,
    ConfigResource,
    AlterConfigOpType,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

bootstrap = sys.argv[1]
seen = {"librdkafka": libversion()[0]}
admin = AdminClient({"bootstrap.servers": bootstrap})


def wait(futures):
    return {key: future.result(30) for key, future in futures.items()}


def create(*topics):
    wait(admin.create_topics(list(topics)))


# what the user's documents show: acks 1, lz4, a delivery report for each message
create(NewTopic("rawarticle", 1, 1, config={"retention.ms": "604800000"}), NewTopic("py", 3, 1))
delivered = []


def report(error, message):
    if error is not None:
        raise KafkaException(error)
    delivered.append([message.topic(), message.partition(), message.offset()])


producer = Producer({"bootstrap.servers": bootstrap, "acks": "1", "retries": 3, "compression.type": "lz4"})
for i in range(100):
    producer.produce("rawarticle", key=b"CoinDesk", value=json.dumps({"id": i}).encode(), headers={"n": str(i)}, callback=report)
producer.flush(30)
seen["delivered"] = [len(delivered), delivered[-1]]

for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
    idempotent = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "compression.type": codec, "linger.ms": 50})
    for i in range(30):
        idempotent.produce("py", key=f"{codec}-{i}", value=f"{codec} {i} " * 20, partition=i % 3)
    if idempotent.flush(30) != 0:
        sys.exit("not everything was delivered")


def read(group, topics, count, **config):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", **config})
    consumer.subscribe(topics)
    messages = []
    limit = time.monotonic() + 60
    while len(messages) < count and time.monotonic() < limit:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        messages.append(message)
    return consumer, messages


consumer, messages = read("spark-job-ingestion", ["rawarticle"], 100, **{"enable.auto.commit": True})
seen["articles"] = [len(messages), json.loads(messages[99].value())["id"], messages[99].headers()[0][1].decode()]
seen["watermarks"] = consumer.get_watermark_offsets(TopicPartition("rawarticle", 0))
seen["byTime"] = consumer.offsets_for_times([TopicPartition("rawarticle", 0, messages[40].timestamp()[1])])[0].offset <= 40
described = admin.describe_consumer_groups(["spark-job-ingestion"])["spark-job-ingestion"].result(30)
seen["stable"] = [described.state == ConsumerGroupState.STABLE, len(described.members), described.members[0].host]
consumer.close()

consumer, messages = read("py", ["^py$"], 150, **{"partition.assignment.strategy": "cooperative-sticky"})
seen["codecs"] = sorted({m.key().decode().split("-")[0] for m in messages})
seen["perPartition"] = sorted([p, sum(1 for m in messages if m.partition() == p)] for p in range(3))
consumer.commit(asynchronous=False)
consumer.close()
consumer, messages = read("py-manual", ["py"], 10, **{"enable.auto.commit": False})
consumer.commit(offsets=[TopicPartition("py", 1, 7, "note")], asynchronous=False)
committed = consumer.committed([TopicPartition("py", 1)], timeout=30)[0]
seen["committed"] = [committed.offset, committed.metadata]
consumer.close()

# admin
cluster = admin.describe_cluster().result(30)
seen["cluster"] = [[n.id, n.host] for n in cluster.nodes] + [cluster.controller.id]
metadata = admin.list_topics(timeout=30)
seen["topics"] = sorted(t for t in metadata.topics if not t.startswith("__"))
wait(admin.create_partitions([NewPartitions("py", 4)]))
entry = ConfigEntry("retention.ms", "1000", incremental_operation=AlterConfigOpType.SET)
wait(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, "py", incremental_configs=[entry])]))
configs = wait(admin.describe_configs([ConfigResource(ResourceType.TOPIC, "py")]))
seen["retention"] = [config["retention.ms"].value for config in configs.values()]
seen["keys"] = [len(config) > 25 for config in configs.values()]
broker = wait(admin.describe_configs([ConfigResource(ResourceType.BROKER, "1")]))
seen["brokerKeys"] = [len(config) > 250 for config in broker.values()]
offsets = wait(admin.list_offsets({TopicPartition("rawarticle", 0): OffsetSpec.latest()}))
seen["latest"] = [result.offset for result in offsets.values()]
deleted = wait(admin.delete_records([TopicPartition("rawarticle", 0, 10)]))
seen["lowWatermark"] = [result.low_watermark for result in deleted.values()]
groups = admin.list_consumer_groups().result(30)
seen["groups"] = sorted(group.group_id for group in groups.valid)
wait(admin.delete_consumer_groups(["py", "py-manual"]))
try:
    wait(admin.create_topics([NewTopic("py", 1, 1)]))
except KafkaException as error:
    seen["exists"] = error.args[0].name()
wait(admin.delete_topics(["py"], operation_timeout=30))
limit = time.monotonic() + 30
while "py" in admin.list_topics(timeout=30).topics and time.monotonic() < limit:
    time.sleep(0.05)
seen["left"] = sorted(t for t in admin.list_topics(timeout=30).topics if not t.startswith("__"))
json.dump(seen, sys.stdout)
