/**
 * Kafka's reassignment files go both ways between mq and kafka-reassign-partitions: what one of them proposes, the other one
 * carries out and verifies, log directories included; and what Kafka's tool has begun, mq shows and gives up.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeClusters } from './support/clusters.ts'
import { kafkaHome, KAFKA_VERSION } from './support/peers.ts'
import { eventually } from './support/process.ts'
import { createTopicOn, dynamicConfigs, replicasOf, writeWhile } from './support/reassign.ts'
import { ToolRunner } from './support/tool-runner.ts'

const MIB = 1024 * 1024

describeClusters(
  "mq reassign with Kafka's files",
  ['bundled', 'apache', 'apache-3.9'],
  (cluster) => {
    let tool: ToolRunner
    beforeAll(() => {
      tool = new ToolRunner(kafkaHome(KAFKA_VERSION)!)
    })
    afterAll(() => tool?.stop())
    const path = (name: string) => join(cluster.home, name)
    const write = (name: string, content: object): string => {
      writeFileSync(path(name), JSON.stringify(content))
      return path(name)
    }
    const kafka = async (...args: string[]): Promise<string> => {
      const done = await tool.run('kafka-reassign-partitions', ['--bootstrap-server', cluster.bootstrap, ...args])
      expect({ code: done.code, stderr: done.stderr }).toMatchObject({ code: 0 })
      return done.stdout
    }
    /** Where the replicas of a partition lie, by broker. */
    const directories = async (topic: string, partition: number): Promise<Record<string, string>> => {
      const { directories: rows } = await cluster.json(['logdirs', '--topic', topic])
      const found: Record<string, string> = {}
      for (const { broker, path: dir, replicas } of rows) {
        for (const one of replicas) if (one.partition === partition && !one.future) found[broker] = dir
      }
      return found
    }

    it('carries out what kafka-reassign-partitions generates, which verifies it', async () => {
      await createTopicOn(cluster, 'generated', ['1,2', '2,3', '3,1', '1,2'])
      const topics = write('topics.json', { version: 1, topics: [{ topic: 'generated' }] })
      const printed = await kafka('--topics-to-move-json-file', topics, '--broker-list', '1,2', '--generate')
      const lines = printed.split('\n').filter((line) => line.startsWith('{'))
      writeFileSync(path('current.json'), lines[0]!)
      writeFileSync(path('proposed.json'), lines[1]!)
      const done = await cluster.json(['reassign', 'run', '--plan', path('proposed.json'), '--yes'])
      expect(done.operation).toMatchObject({ outcome: 'done', findings: [] })
      expect((await replicasOf(cluster, 'generated')).flat()).not.toContain(3)
      expect(await kafka('--reassignment-json-file', path('proposed.json'), '--verify')).not.toMatch(
        /in progress|not have|failed/,
      )
      expect(await cluster.json(['reassign', 'verify', '--plan', path('proposed.json')])).toMatchObject({
        ...{ hash: null, partitions: 4, findings: [] },
      })
      // What was there before names the log directories, too.
      await cluster.json(['reassign', 'run', '--plan', path('current.json'), '--yes'])
      expect((await replicasOf(cluster, 'generated')).map(String)).toEqual(['1,2', '2,3', '3,1', '1,2'])
      expect((await cluster.mq(['reassign', 'verify', '--plan', path('proposed.json')])).code).toBe(3)
    })

    it('exports what kafka-reassign-partitions carries out', async () => {
      await createTopicOn(cluster, 'exported', ['1,3', '3,2'])
      const files = ['--export', path('target.json'), '--rollback', path('rollback.json')]
      const asked = ['reassign', 'plan', '--topics', 'exported', '--exclude', '3', '--minimal', ...files]
      expect((await cluster.json(asked)).moves).toHaveLength(2)
      await kafka('--reassignment-json-file', path('target.json'), '--execute')
      await eventually(
        'the end of it',
        async () => (await cluster.mq(['reassign', 'verify', '--plan', path('target.json')])).code === 0,
      )
      expect((await replicasOf(cluster, 'exported')).flat()).not.toContain(3)
      await cluster.json(['reassign', 'run', '--plan', path('rollback.json'), '--yes'])
      expect((await replicasOf(cluster, 'exported')).map(String)).toEqual(['1,3', '3,2'])
    })

    it('puts replicas into the log directories that a file names, those that come and those that stay', async () => {
      await createTopicOn(cluster, 'placed', ['1,2'])
      await writeWhile(cluster, 'placed', async () => {}, MIB)
      const before = await directories('placed', 0)
      // Nodes of mq broker start have one directory: there a file can only name that.
      const other = (id: number) => cluster.logDirs(id).find((dir) => dir !== before[id]) ?? before[id]!
      const wanted = { 1: other(1), 3: cluster.logDirs(3).at(-1)! }
      const entry = { topic: 'placed', partition: 0, replicas: [1, 3], log_dirs: [wanted[1], wanted[3]] }
      const file = write('placed.json', { version: 1, partitions: [entry] })
      const done = await cluster.json(['reassign', 'run', '--plan', file, '--throttle', 'auto', '--yes'])
      expect(done.operation).toMatchObject({ outcome: 'done', findings: [] })
      expect(await directories('placed', 0)).toEqual(wanted)
      expect(await kafka('--reassignment-json-file', file, '--verify')).not.toMatch(/in progress|not have|failed/)
      expect(await cluster.json(['reassign', 'run', '--plan', file, '--yes'])).toMatchObject({ moves: [] })

      const nowhere = write('nowhere.json', {
        version: 1,
        partitions: [{ ...entry, log_dirs: ['/nowhere', 'any'] }],
      })
      expect((await cluster.failure(['reassign', 'run', '--plan', nowhere, '--yes'], 1)).code).toBe('LOG_DIR_NOT_FOUND')
      writeFileSync(path('bad.json'), '{"version":1,"partitions":[{"topic":"placed"}]}')
      expect((await cluster.failure(['reassign', 'run', '--plan', path('bad.json'), '--yes'], 1)).code).toBe(
        'MQ_REASSIGN_FILE',
      )
    })

    it("shows and gives up what Kafka's tool has begun, replicas that are only added too", async () => {
      await createTopicOn(cluster, 'foreign', ['1,2', '2,1'])
      await writeWhile(cluster, 'foreign', async () => {}, 6 * MIB)
      const partitions = [
        { topic: 'foreign', partition: 0, replicas: [1, 2, 3] },
        { topic: 'foreign', partition: 1, replicas: [2, 3] },
      ]
      const file = write('foreign.json', { version: 1, partitions })
      await kafka('--reassignment-json-file', file, '--throttle', '50000', '--execute')
      const { moving } = await cluster.json(['reassign', 'status'])
      expect(moving).toHaveLength(2)
      expect((await cluster.mq(['reassign', 'verify', '--plan', file])).code).toBe(3)
      expect((await cluster.failure(['reassign', 'rf', 'exported', '3', '--yes'], 4)).message).toContain(
        'somebody else',
      )
      const given = await cluster.json(['reassign', 'cancel', '--plan', file, '--yes'])
      expect(given).toMatchObject({ id: null, partitions: 2 })
      await eventually('every broker knows the replicas of before', async () => {
        const places = await replicasOf(cluster, 'foreign')
        return places.length === 2 && places.every((ids) => [...ids].sort().join() === '1,2')
      })
      // Its throttles are its own.
      expect(await dynamicConfigs(cluster, { broker: 3 })).not.toEqual({})
      await kafka('--reassignment-json-file', file, '--verify')
      expect(await dynamicConfigs(cluster, { broker: 3 })).toEqual({})
    })
  },
  { logDirs: 2 },
)
