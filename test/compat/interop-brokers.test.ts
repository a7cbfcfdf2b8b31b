/**
 * Brokers of both engines in one cluster: an Apache Kafka broker under bundled controllers, and a bundled broker under Apache Kafka
 * controllers. Each takes replicas, leads, goes down and comes back under load; in the end nothing acknowledged is lost and the
 * logs of all replicas of a partition are the same bytes. Eligible leader replicas (KIP-966) are in force.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kafkaToolOk, startKafkaTool } from './support/apache-kafka.ts'
import { type MixedEngine, MixedCluster } from './support/mixed-cluster.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'

const TOPIC = 'mixed'
const HELD = 'held'
/** Preferred leaders in turn: the guest leads the first partition and follows in the others. */
const ASSIGNMENT = '9:1:2,1:9:2,2:1:9'

/** Three nodes of one engine with the controllers, and a broker of the other, node 9. */
const cases: readonly { hosts: MixedEngine; guest: MixedEngine }[] = [
  { hosts: 'bundled', guest: 'apache' },
  { hosts: 'apache', guest: 'bundled' },
]

for (const { hosts, guest } of cases) {
  describeWith(`a broker of ${guest} under controllers of ${hosts}`, apacheKafkaPeer(), () => {
    let cluster: MixedCluster

    beforeAll(async () => {
      cluster = await MixedCluster.create([
        { id: 1, engine: hosts, roles: 'broker,controller' },
        { id: 2, engine: hosts, roles: 'broker' },
        { id: 9, engine: guest, roles: 'broker' },
      ])
      await cluster.start(1)
      await cluster.startAll(2, 9)
    })
    afterAll(() => cluster.destroy())

    const at = () => ['--bootstrap-server', cluster.bootstrap(1, 2)]
    const describeTopic = async () => {
      const text = await cluster.toolOk('kafka-topics', ...at(), '--describe', '--topic', TOPIC)
      return [...text.matchAll(/Partition: (\d+)\s+Leader: (\S+)\s+Replicas: (\S+)\s+Isr: (\S*)/g)].map((match) => ({
        leader: Number(match[2]),
        isr: match[4]!.split(',').filter(Boolean).map(Number).sort(),
      }))
    }
    const inSync = (...ids: number[]) =>
      cluster.until(`${ids.join(', ')} are in sync`, async () => {
        const partitions = await describeTopic()
        return partitions.length === 3 && partitions.every(({ isr }) => ids.every((id) => isr.includes(id)))
      })
    /** Waits for the leaders of the partitions: a broker that is asked may know of an election later than who asked for it. */
    const leads = (what: string, isSo: (leaders: number[]) => boolean) =>
      cluster.until(what, async () => isSo((await describeTopic()).map(({ leader }) => leader)))
    const preferred = async () => {
      await cluster.toolOk('kafka-leader-election', ...at(), '--election-type', 'preferred', '--all-topic-partitions')
      await leads('the preferred replicas lead', (leaders) => leaders.join() === '9,1,2')
    }

    it('takes replicas, leads, goes and comes back under load, and every replica has the same bytes', async () => {
      const create = ['--create', '--topic', TOPIC, '--replica-assignment', ASSIGNMENT]
      await cluster.toolOk('kafka-topics', ...at(), ...create, '--config', 'min.insync.replicas=2')
      const limits = ['--throughput', '500', '--acks', '-1']
      const producer = startKafkaTool('kafka-verifiable-producer', [...at(), '--topic', TOPIC, ...limits])
      await producer.until(({ stdout }) => stdout.includes('producer_send_success'))
      await inSync(1, 2, 9)
      expect((await describeTopic())[0]!.leader).toBe(9)

      await cluster.stop(9)
      await inSync(1, 2)
      await leads('the others lead', (leaders) => leaders.length === 3 && !leaders.includes(9))
      await cluster.start(9)
      await inSync(1, 2, 9)
      await preferred()

      // Without a word this time: what it had not told the others must not be seen again.
      await cluster.stop(9, 'SIGKILL')
      await leads('others lead', (leaders) => leaders.every((leader) => leader > 0 && leader !== 9))
      await cluster.start(9)
      await inSync(1, 2, 9)
      await preferred()

      const { stdout } = await producer.stop('SIGINT')
      const acknowledged = [...stdout.matchAll(/"producer_send_success".*"value":"?(\d+)/g)].map((match) => match[1]!)
      // It tries nothing twice: what was under way when a leader went is an error, and no more than that.
      const failed = [...stdout.matchAll(/"producer_send_error"/g)].length
      expect(acknowledged.length).toBeGreaterThan(1000)
      expect(failed).toBeLessThan(acknowledged.length / 5)
      await inSync(1, 2, 9)
      const ends = await cluster.toolOk('kafka-get-offsets', ...at(), '--topic', TOPIC)
      const count = [...ends.matchAll(/:(\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0)
      const read = ['--topic', TOPIC, '--from-beginning', '--max-messages', String(count), '--timeout-ms', '40000']
      const values = (await kafkaToolOk('kafka-console-consumer', [...at(), ...read])).stdout.trim().split('\n')
      const seen = new Set(values)
      expect(acknowledged.filter((value) => !seen.has(value))).toEqual([])
      expect(values.length, 'each once').toBe(seen.size)
      await Promise.all([1, 2, 9].map((id) => cluster.until(`${id} has everything`, async () => sameLogs(cluster))))
    })

    it('hands a partition that has nobody in sync to the replica that may lead', async () => {
      const create = ['--create', '--topic', HELD, '--replica-assignment', '9:2', '--config', 'min.insync.replicas=2']
      await cluster.toolOk('kafka-topics', ...at(), ...create)
      const held = async () => {
        const text = await cluster.toolOk('kafka-topics', ...at(), '--describe', '--topic', HELD)
        const [, leader, isr, eligible] = /Leader: (\S+)\s.*Isr: (\S*)\s+Elr: (\S*)/.exec(text) ?? []
        return `leader ${leader}, in sync ${isr}, eligible ${eligible}`
      }
      const becomes = (wanted: RegExp) => cluster.until(`${wanted}`, async () => wanted.test(await held()))
      await becomes(/leader 9, in sync 9,2, eligible $/)
      const limits = ['--throughput', '-1', '--acks', '-1', '--max-messages', '200']
      const sent = (await kafkaToolOk('kafka-verifiable-producer', [...at(), '--topic', HELD, ...limits])).stdout
      expect([...sent.matchAll(/"producer_send_success"/g)]).toHaveLength(200)

      await cluster.stop(2)
      await becomes(/leader 9, in sync 9, eligible 2$/)
      await cluster.stop(9, 'SIGKILL')
      await becomes(/leader none, in sync , eligible (2,9|9,2)$/)
      await cluster.start(2)
      await becomes(/leader 2, in sync 2, eligible 9?$/)
      await cluster.start(9)
      await becomes(/leader 2, in sync (2,9|9,2), eligible $/)
      expect(await cluster.toolOk('kafka-get-offsets', ...at(), '--topic', HELD)).toContain(`${HELD}:0:200`)
    })
  })
}

/** True when the record files of every partition hold the same bytes on all three nodes; says what differs otherwise. */
function sameLogs(cluster: MixedCluster): boolean {
  return [0, 1, 2].every((partition) => {
    const [first, ...others] = [1, 2, 9].map((id) => recordsOf(cluster, id, partition))
    return others.every((bytes) => first!.length > 1000 && first!.equals(bytes))
  })
}

/** All segments of a replica in a row. */
function recordsOf(cluster: MixedCluster, id: number, partition: number): Buffer {
  const folder = join(cluster.node(id).dataDir, `${TOPIC}-${partition}`)
  const files = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return Buffer.concat(files.sort().map((name) => readFileSync(join(folder, name))))
}
