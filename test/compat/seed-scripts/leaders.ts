/**
 * Waits for the leaders of a topic that was just created. Kafka answers before its broker leads them, and a producer that is there
 * at once can lose the order of its first two batches and then repeat the first until its delivery times out.
 */
import { eventually } from '../support/process.ts'
import { kafkaJs } from '../support/topics.ts'

/** Resolves with the end of each partition when all of them can be asked. */
export async function leadersServe(
  bootstrap: string,
  topic: string,
): Promise<readonly { partition: number; high: string }[]> {
  const admin = kafkaJs(bootstrap).admin()
  await admin.connect()
  try {
    return await eventually(`the leaders of ${topic}`, () => admin.fetchTopicOffsets(topic))
  } finally {
    await admin.disconnect()
  }
}
