/** Topics for the compat suites, made through kafkajs, so that a suite about one client does not depend on another tool's output. */
import { Kafka, logLevel } from 'kafkajs'
import { eventually } from './process.ts'

/** A kafkajs client that stays silent and gives up soon. */
export function kafkaJs(bootstrap: string, clientId = 'compat'): Kafka {
  return new Kafka({
    clientId,
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 8 },
  })
}

/** Creates `name` with `partitions` partitions and waits until its leaders are known. */
export async function createTopic(
  bootstrap: string,
  name: string,
  partitions = 1,
  configs: Record<string, string> = {},
): Promise<void> {
  const admin = kafkaJs(bootstrap).admin()
  await admin.connect()
  try {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic: name,
          numPartitions: partitions,
          replicationFactor: 1,
          configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
    })
    await eventually(`the leaders of ${name}`, async () => {
      const found = (await admin.fetchTopicMetadata({ topics: [name] })).topics[0]?.partitions ?? []
      return found.length === partitions && found.every((partition) => partition.leader >= 0)
    })
  } finally {
    await admin.disconnect()
  }
}
