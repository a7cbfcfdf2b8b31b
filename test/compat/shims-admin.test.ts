/**
 * The stand-ins for Kafka's admin tools print what Kafka 4.3.1's tools print, against the same node: each invocation of
 * shims/admin-lines.ts through both, on Apache Kafka of both releases and on the bundled broker.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminLines } from './shims/admin-lines.ts'
import { outcomes, sameLines } from './shims/compare.ts'
import type { Tool } from './support/apache-kafka.ts'
import { describeEngines } from './support/engine.ts'
import type { EngineKind } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { kafkaJs } from './support/topics.ts'
import { ToolRunner } from './support/tool-runner.ts'

const AUTHORIZER = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}
const RECORDS = Array.from({ length: 6 }, (_, index) => ({ key: `k${index}`, value: `v${index}` }))

/** Lines that are left out on an engine: what the bundled broker says of APIs that it does not have (docs/gaps.md). */
const SKIPPED: Readonly<Partial<Record<EngineKind, RegExp>>> = {
  bundled: /^(describe --transactional-id|forceTerminateTransaction --)/,
}

describeWith('Kafka tools and their stand-ins', apacheKafkaPeer(), (home) => {
  const suite = (kind: EngineKind, properties: Record<string, string>) =>
    describeEngines(
      'say the same',
      [kind],
      (engine) => {
        let runner: ToolRunner
        let consumer: ReturnType<ReturnType<typeof kafkaJs>['consumer']>
        beforeAll(async () => {
          runner = new ToolRunner(home)
          const client = kafkaJs(engine().bootstrap)
          const admin = client.admin()
          await admin.connect()
          await admin.createTopics({ topics: [{ topic: 'a', numPartitions: 7 }], waitForLeaders: true })
          await admin.disconnect()
          const producer = client.producer()
          await producer.connect()
          await producer.send({ topic: 'a', messages: RECORDS })
          await producer.disconnect()
          consumer = client.consumer({ groupId: 'live-classic' })
          await consumer.connect()
          await consumer.subscribe({ topic: 'a', fromBeginning: true })
          const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
          await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() })
          await joined
        })
        afterAll(async () => {
          await consumer?.disconnect()
          await runner?.stop()
        })
        for (const [tool, lines] of Object.entries(adminLines)) {
          describe(tool, () => {
            for (const line of lines.split('\n').filter((one) => one !== '')) {
              it.skipIf(SKIPPED[kind]?.test(line))(line, async () => {
                const { bootstrap, folder } = engine()
                const { theirs, ours } = await outcomes(runner, tool as Tool, line, { bootstrap, folder })
                const anyOrder = line.includes('@') || tool === 'kafka-acls'
                if (!anyOrder || !sameLines(theirs, ours)) expect(ours).toBe(theirs)
              })
            }
          })
        }
      },
      { properties },
    )
  suite('apache', AUTHORIZER)
  suite('apache-3.9', {})
  suite('bundled', {})
})
