/**
 * One log directory handed from engine to engine, after clean stops and kills: whoever serves it shows the same records
 * (every codec, headers, tombstones, times, compacted logs), groups, settings, quotas and SCRAM credentials, knows the
 * producers' last batches, and goes on from there. Started once by the bundled broker and once by Apache Kafka.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { expect, it } from 'vitest'
import {
  cleaned,
  fillCompacted,
  fillDirectory,
  fillSettings,
  makeTopic,
  type Idempotent,
  SCRAM_PASSWORD,
  SCRAM_USER,
  START_MS,
} from './directory/workload.ts'
import { viewOf } from './directory/view.ts'
import { kafkaToolOk } from './support/apache-kafka.ts'
import { startEngine } from './support/engine.ts'
import { type Engine, freePorts } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { Side } from './support/parity.ts'
import { eventually } from './support/process.ts'

const LOGS = { news: 2, stamped: 1, compacted: 1, both: 1 }
const TIMES = [START_MS, START_MS + 333, START_MS + 4_000]
/** What the bundled broker does not claim. */
const NONE = ['group', 'share', 'streams', 'transaction']
const options = {
  properties: { 'log.cleaner.backoff.ms': '100' },
  features: Object.fromEntries(NONE.map((name) => [`${name}.version`, 0])),
}

const view = (side: Side) => eventually('an answer to everything', () => viewOf(side, LOGS, TIMES))

/** Appends to every kind of log, from where `round` is. */
async function goOn(engine: Engine, side: Side, producer: Idempotent, round: number): Promise<void> {
  await producer.check(side)
  await producer.send(side, 4)
  await makeTopic(side, `made-${round}-by-${engine.kind}`, 1, { 'retention.ms': '1234567' })
  await fillCompacted(side, 'compacted', 110 + round * 60, 60, 7001)
  await cleaned(engine, 'compacted')
}

/** Apache Kafka's own reader over all files of the data logs: nothing to complain about. */
async function dumped(engine: Engine): Promise<void> {
  const files = (suffix: string): string[] =>
    Object.keys(LOGS).flatMap((topic) => {
      const folder = join(engine.dataDir, `${topic}-0`)
      return readdirSync(folder)
        .filter((name) => name.endsWith(suffix))
        .map((name) => join(folder, name))
    })
  const logs = await kafkaToolOk('kafka-dump-log', ['--files', files('.log').join(), '--deep-iteration'])
  expect(logs.stdout).toContain('isvalid: true')
  expect(logs.stdout).not.toContain('isvalid: false')
  expect(logs.stderr).not.toMatch(/Exception|Error/)
  const indexes = [...files('.index'), ...files('.timeindex')].join()
  const sane = await kafkaToolOk('kafka-dump-log', ['--files', indexes, '--index-sanity-check'])
  // A segment of which little is left has no entry.
  expect(sane.stdout.match(/passed sanity check|is empty/g)?.length).toBe(indexes.split(',').length)
  const verified = await kafkaToolOk('kafka-dump-log', ['--files', indexes, '--verify-index-only'])
  expect(verified.stdout).not.toMatch(/Found|Index offset|mismatch/)
}

describeWith('a log directory handed over', apacheKafkaPeer(), () => {
  it.each([
    ['bundled', 'apache'],
    ['apache', 'bundled'],
  ] as const)('from %s to %s, and on, shows the same', async (first, second) => {
    let engine = await startEngine(first, options)
    try {
      let side = new Side(engine.bootstrap)
      const producer = await fillDirectory(engine, side)
      for (const [round, [how, next]] of (
        [
          ['a clean stop', second],
          ['a kill', first],
          ['a kill', second],
        ] as const
      ).entries()) {
        const before = await view(side)
        side.close()
        if (how === 'a kill') await engine.kill9()
        else await engine.stop({ keep: true })
        if (engine.kind === 'bundled' && round === 0) await dumped(engine)
        engine = await startEngine(next, { takeOver: engine })
        side = new Side(engine.bootstrap)
        expect([round, how, await view(side)]).toEqual([round, how, before])
        // Nothing had to be repaired; Apache Kafka names a clean start's recoveries too, so only complaints count.
        expect(engine.output()).not.toMatch(/rebuilding the|is damaged|cannot be used|later segments are removed/)
        expect(engine.output()).not.toMatch(/[Cc]orrupt|Found invalid|ERROR/)
        await goOn(engine, side, producer, round)
      }
      side.close()
    } finally {
      await engine.stop()
    }
  })

  it('lets users in by the SCRAM credentials that the bundled broker keeps', async () => {
    const bundled = await startEngine('bundled', options)
    const side = new Side(bundled.bootstrap)
    await fillSettings(side)
    side.close()
    await bundled.kill9()
    const [port] = await freePorts(1)
    const file = join(bundled.folder, 'server.properties')
    const text = readFileSync(file, 'utf8')
    const listeners = /^listeners=(.*)$/m.exec(text)![1]!
    const own = /^advertised.listeners=(.*)$/m.exec(text)![1]!
    writeFileSync(
      file,
      `${text}listeners=${listeners},SASL://127.0.0.1:${port}
advertised.listeners=${own},SASL://127.0.0.1:${port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-256
listener.name.sasl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
`,
    )
    const apache = await startEngine('apache', { takeOver: bundled })
    try {
      const login = async (password: string): Promise<string[]> => {
        const sasl = { mechanism: 'scram-sha-256', username: SCRAM_USER, password } as const
        const kafka = new Kafka({
          brokers: [`127.0.0.1:${port}`],
          logLevel: logLevel.NOTHING,
          sasl,
          retry: { retries: 0 },
        })
        const admin = kafka.admin()
        try {
          await admin.connect()
          return await admin.listTopics()
        } finally {
          await admin.disconnect()
        }
      }
      expect(await login(SCRAM_PASSWORD)).toEqual([])
      await expect(login('wrong')).rejects.toThrow(/[Aa]uthentication/)
    } finally {
      await apache.stop()
    }
  })
})
