/** Topics for the compat suites, made through kafkajs, so that a suite about one client does not depend on another tool's output. */
import { Kafka, logLevel } from 'kafkajs'

/** A kafkajs client that stays silent and gives up soon. */
export function kafkaJs(bootstrap: string, clientId = 'compat'): Kafka {
  return new Kafka({
    clientId,
    brokers: [bootstrap],
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
      waitForLeaders: true,
      topics: [
        {
          topic: name,
          numPartitions: partitions,
          replicationFactor: 1,
          configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
    })
  } finally {
    await admin.disconnect()
  }
}
