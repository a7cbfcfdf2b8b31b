"""aiokafka, an asyncio client with its own protocol code, against a node: produce, consume in a group, admin. Prints one JSON document."""

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

bootstrap = sys.argv[1]


async def main():
    seen = {}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("aio", num_partitions=2, replication_factor=1)])
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, compression_type="gzip") as producer:
        sent = [
            await producer.send_and_wait("aio", b"%d" % i, key=b"k", partition=i % 2, headers=[("n", b"1")]) for i in range(20)
        ]
    seen["offsets"] = [one.offset for one in sent]
    options = {"bootstrap_servers": bootstrap, "group_id": "aio", "auto_offset_reset": "earliest", "enable_auto_commit": False}
    async with AIOKafkaConsumer("aio", **options) as consumer:
        records = [await asyncio.wait_for(consumer.getone(), 60) for _ in range(20)]
        seen["values"] = sorted(int(record.value) for record in records)
        seen["headers"] = [[key, value.decode()] for key, value in records[0].headers]
        await consumer.commit()
        partitions = [TopicPartition("aio", p) for p in range(2)]
        seen["committed"] = [await consumer.committed(p) for p in partitions]
        seen["ends"] = sorted((await consumer.end_offsets(partitions)).values())
        # two members share the group, and the one that is left takes all back
        async with AIOKafkaConsumer("aio", **options) as second:
            while len(second.assignment()) != 1 or len(consumer.assignment()) != 1:
                await asyncio.gather(consumer.getmany(timeout_ms=200), second.getmany(timeout_ms=200))
        while len(consumer.assignment()) != 2:
            await consumer.getmany(timeout_ms=200)
        seen["shared"] = True
    seen["groups"] = "aio" in [group[0] for group in await admin.list_consumer_groups()]
    await admin.delete_topics(["aio"])
    await admin.close()
    json.dump(seen, sys.stdout)


asyncio.run(asyncio.wait_for(main(), 120))
