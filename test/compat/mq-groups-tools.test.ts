/**
 * `mq groups` and `mq lag` beside Kafka's own tool on the same groups: the figures agree, and each reads the other's CSV. Groups of the
 * newer protocols, and logs that end with transaction markers, where the engine has such.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { kafkaRun, kafkaTool, startKafkaTool } from './support/apache-kafka.ts'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { eventually, Running } from './support/process.ts'
import { createTopic, kafkaJs } from './support/topics.ts'

describeWith('mq groups and kafka-consumer-groups', apacheKafkaPeer(), () => {
  describeEngines('on', ['bundled', 'apache', 'apache-3.9'], (engine, kind) => {
    const { folder, run, json, fill } = mqRunner(engine)
    const topics = ['side-a', 'side-b']
    const groups = ['side-one', 'side-two']
    const tool = async (...args: string[]): Promise<string> =>
      (await kafkaTool('kafka-consumer-groups', ['--bootstrap-server', engine().bootstrap, ...args])).stdout
    /** Rows of Kafka's table about one group: topic, partition, committed, log end, lag. */
    const toolRows = async (group: string): Promise<string[]> =>
      (await tool('--describe', '--group', group))
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((cells) => cells[0] === group)
        .map((cells) => cells.slice(1, 6).join(' '))
        .sort()
    const mqRows = async (group: string): Promise<string[]> =>
      (await json(['groups', 'describe', group])).groups[0].offsets
        .map((row: Record<string, unknown>) =>
          [row.topic, row.partition, row.committed ?? '-', row.logEnd ?? '-', row.lag ?? '-'].join(' '),
        )
        .sort()
    const lagRows = async (group: string): Promise<string[]> =>
      (await json(['lag', 'show', group])).groups[0].partitions
        .map(
          (row: Record<string, unknown>) =>
            `${row.topic} ${row.partition} ${row.committed ?? '-'} ${row.logEnd} ${row.lag ?? '-'}`,
        )
        .sort()

    beforeAll(async () => {
      for (const topic of topics) {
        await createTopic(engine().bootstrap, topic, 3)
        for (const partition of [0, 1, 2]) {
          await fill(
            topic,
            Array.from({ length: 10 + partition }, (_, i) => `r${i}`),
            '--partition',
            `${partition}`,
          )
        }
      }
      const rows = groups.flatMap((group, g) =>
        topics.flatMap((topic) => [0, 1, 2].map((partition) => `${group},${topic},${partition},${3 + g + partition}`)),
      )
      writeFileSync(join(folder, 'start.csv'), `${rows.join('\n')}\n`)
      await json(['groups', 'reset', '--from-file', join(folder, 'start.csv'), '--yes'])
    })

    it('show the same offsets and lags', async () => {
      for (const group of groups) {
        const shown = await toolRows(group)
        expect(shown).toHaveLength(6)
        expect(await mqRows(group)).toEqual(shown)
        expect(await lagRows(group)).toEqual(shown)
      }
    })

    it('show the same of a member with partitions that have no commit', async () => {
      const consumer = kafkaJs(engine().bootstrap, 'side').consumer({ groupId: 'side-live', maxWaitTimeInMs: 100 })
      await consumer.connect()
      await consumer.subscribe({ topic: 'side-a' })
      await consumer.run({ autoCommit: false, eachMessage: async () => {} })
      try {
        await eventually('a stable group', async () => (await toolRows('side-live')).length === 3)
        expect(await mqRows('side-live')).toEqual(await toolRows('side-live'))
        const lag = (await json(['lag', 'show', 'side-live'])).groups[0]
        expect(lag.partitions[0]).toMatchObject({ lag: null, timeLagMs: null, reason: 'no committed offset' })
      } finally {
        await consumer.disconnect()
      }
    })

    it('read and write the same CSV, of one group and of several', async () => {
      const lines = (text: string): string[] => text.trim().split('\n').sort()
      const [one] = groups as [string]
      const several = groups.flatMap((group) => ['--group', group])
      const toolCsv = (...args: string[]): Promise<string> =>
        tool(...args, '--reset-offsets', '--all-topics', '--to-current', '--export', '--dry-run')
      const mqCsv = async (...names: string[]): Promise<string> =>
        (await run(['groups', 'reset', ...names, '--all-topics', '--export'])).stdout
      expect(lines(await mqCsv(one))).toEqual(lines(await toolCsv('--group', one)))
      expect(lines(await mqCsv(...groups))).toEqual(lines(await toolCsv(...several)))

      const fromMq = join(folder, 'mq.csv')
      const fromTool = join(folder, 'tool.csv')
      writeFileSync(fromMq, await mqCsv(...groups))
      writeFileSync(fromTool, await toolCsv(...several))
      await json(['groups', 'reset', ...groups, '--all-topics', '--to-earliest', '--yes'])
      await tool(...several, '--reset-offsets', '--from-file', fromMq, '--execute')
      expect(lines(await mqCsv(...groups))).toEqual(lines(readFileSync(fromMq, 'utf8')))
      await json(['groups', 'reset', ...groups, '--all-topics', '--to-latest', '--yes'])
      await json(['groups', 'reset', '--from-file', fromTool, '--yes'])
      expect(lines(await toolCsv(...several))).toEqual(lines(readFileSync(fromTool, 'utf8')))
    })

    if (kind !== 'bundled') {
      it('count markers at the end as lag, and say that nothing is left to read', async () => {
        await createTopic(engine().bootstrap, 'side-tx', 1)
        const producer = kafkaJs(engine().bootstrap).producer({
          transactionalId: 'side',
          idempotent: true,
          maxInFlightRequests: 1,
        })
        await producer.connect()
        const transaction = await producer.transaction()
        await transaction.send({ topic: 'side-tx', messages: [{ value: 'a' }, { value: 'b' }] })
        await transaction.commit()
        await producer.disconnect()
        writeFileSync(join(folder, 'tx.csv'), 'side-tx,0,2\n')
        await json(['groups', 'reset', 'side-tx', '--from-file', join(folder, 'tx.csv'), '--yes'])
        expect(await lagRows('side-tx')).toEqual(await toolRows('side-tx'))
        const [row] = (await json(['lag', 'show', 'side-tx'])).groups[0].partitions
        expect(row).toMatchObject({
          lag: 1,
          timeLagMs: 0,
          lost: 0,
          reason: expect.stringContaining('transaction markers'),
        })
      })
    }

    if (kind === 'apache') {
      describe('groups of the newer protocols', () => {
        const [from, topic] = ['--bootstrap-server', 'side-a']
        const state = async (group: string) => (await json(['groups', 'describe', group])).groups[0]

        it('are listed and described with their members', async () => {
          const [group] = ['side-new']
          const client = startKafkaTool('kafka-console-consumer', [
            ...[from, engine().bootstrap, '--topic', topic, '--group', group!, '--from-beginning'],
            ...['--command-property', 'group.protocol=consumer', '--command-property', 'client.id=side-new-client'],
          ])
          try {
            await eventually('the group', async () => (await run(['groups', 'list'])).stdout.includes('side-new'))
            await eventually('its assignment', async () => (await state(group!)).members[0]?.assignment.length === 1)
            expect(await state(group!)).toMatchObject({
              ...{ group, type: 'consumer', assignor: 'uniform' },
              members: [{ clientId: 'side-new-client', assignment: [{ topic, partitions: [0, 1, 2] }] }],
            })
            const listed = await json(['groups', 'list', '--type', 'consumer'])
            expect(listed.groups).toMatchObject([{ group, type: 'consumer', protocol: 'consumer' }])
            const refused = await run(['groups', 'reset', group!, '--all-topics', '--to-earliest', '--yes'])
            expect(refused.code).toBe(4)
          } finally {
            await client.stop()
          }
        })

        it('share groups too, with where their unread records begin', async () => {
          const [group] = ['side-share']
          const client = new Running(kafkaRun(), [
            'org.apache.kafka.tools.consumer.ConsoleShareConsumer',
            ...[from, engine().bootstrap, '--topic', topic, '--group', group!],
          ])
          try {
            await eventually('the group', async () => (await run(['groups', 'list'])).stdout.includes('side-share'))
            await eventually('its assignment', async () => (await state(group!)).members[0]?.assignment.length === 1)
            expect(await state(group!)).toMatchObject({ group, type: 'share', members: [{ assignment: [{ topic }] }] })
            expect((await json(['groups', 'list', '--type', 'share'])).groups).toMatchObject([{ group, type: 'share' }])
            expect((await run(['groups', 'reset', group!, '--all-topics', '--to-earliest', '--yes'])).code).toBe(4)
          } finally {
            await client.stop()
          }
        })
      })
    }
  })
})
