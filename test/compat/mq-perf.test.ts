/** `mq perf` against every engine, and beside Kafka's own performance tools on the same broker. */
import { beforeAll, describe, expect, it } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { LatencyHistogram } from '../../src/perf/latency.ts'
import { kafkaToolOk } from './support/apache-kafka.ts'
import { describeEngines } from './support/engine.ts'
import { javaProgram } from './support/java-program.ts'
import { mqRunner } from './support/mq-run.ts'
import { kafkaHome } from './support/peers.ts'
import { createTopic } from './support/topics.ts'

describe.skipIf(kafkaHome() === undefined)('percentiles', () => {
  it("are those that Kafka's tools make of the same latencies", () => {
    const percentiles = javaProgram('Percentiles', kafkaHome()!)
    const seed = Date.now() % 1_000_000
    console.log(`seed ${seed}`)
    const random = new Prng(seed)
    for (const count of [1, 19, 20_000]) {
      const latencies = Array.from({ length: count }, () => Math.floor(1.5 ** (random.float() * 25)))
      const [producer, average, ends] = percentiles([], latencies.join('\n')).trim().split('\n')
      const histogram = new LatencyHistogram()
      for (const latency of latencies) histogram.add(latency)
      const { avg, p50, p95, p99, p999 } = histogram.figures
      const theirs = JSON.parse(producer!) as number[]
      for (const [index, ours] of [p50, p95, p99, p999].entries()) {
        // Right to 0.1 %, and told as the smallest value of its bucket.
        expect(ours).toBeLessThanOrEqual(theirs[index]!)
        expect(ours).toBeGreaterThanOrEqual(theirs[index]! * 0.999)
      }
      expect(ends).toBe(`Percentiles: 50th = ${theirs[0]}, 99th = ${theirs[2]}, 99.9th = ${theirs[3]}`)
      expect(Number(/^Avg latency: ([\d.]+) ms$/.exec(average!)?.[1])).toBeCloseTo(avg, 2)
    }
  })
})

describeEngines('mq perf', ['bundled', 'apache', 'apache-3.9'], (engine) => {
  const { json, run, failure } = mqRunner(engine)

  describe('produce, consume, e2e', () => {
    beforeAll(() => createTopic(engine().bootstrap, 'perf', 3))

    it('what is produced is there, and is consumed', async () => {
      const made = await json(['perf', 'produce', 'perf', '--records', '20000', '--size', '200', '--keys', '100'])
      expect(made).toMatchObject({ topic: 'perf', partitions: 3, acks: 'all', total: { records: 20_000 } })
      expect(made.total.latencyMs.p50).toBeGreaterThan(0)
      for (const more of [
        ['--acks', '1'],
        ['--acks', '0'],
        ['--compression', 'zstd'],
        ['--compression', 'lz4'],
      ]) {
        const report = await json(['perf', 'produce', 'perf', '--records', '1000', '--size', '300', ...more])
        expect(report.total).toMatchObject({ records: 1000, bytes: 300_000 })
      }
      const { offsets } = await json(['topics', 'offsets', 'perf'])
      const there = offsets.reduce((sum: number, { offset }: { offset: number }) => sum + offset, 0)
      expect(there).toBe(24_000)
      const read = await json(['perf', 'consume', 'perf'])
      const bytes = made.total.bytes + 4 * 300_000
      expect(read).toMatchObject({ topics: ['perf'], partitions: 3, records: 24_000, bytes, timedOut: false })
      const some = await json(['perf', 'consume', 'perf', '--records', '500', '--isolation-level', 'read_committed'])
      expect(some.records).toBeGreaterThanOrEqual(500)
    })

    it('ends when nothing comes', async () => {
      const late = await run(['perf', 'consume', 'perf', '--from', 'latest', '--records', '1', '--idle', '300ms'])
      expect(late).toMatchObject({ code: 1 })
      expect(late.stderr).toContain('gave up after 0 records')
      await failure(['perf', 'produce', 'no-such-topic', '--records', '1'], 1)
      await failure(['perf', 'produce', 'perf'], 2)
    })

    it('receives what it sent', async () => {
      const report = await json(['perf', 'e2e', 'perf', '--records', '50', '--size', '100', '--warm-up', '5'])
      expect(report).toMatchObject({ topic: 'perf', records: 50 })
      expect(report.latencyMs.p50).toBeGreaterThan(0)
      expect(report.latencyMs.p50).toBeLessThan(1000)
    })

    it.skipIf(kafkaHome() === undefined)('agrees with kafka-producer-perf-test', async () => {
      await createTopic(engine().bootstrap, 'perf-java', 3)
      const java = await kafkaToolOk('kafka-producer-perf-test', [
        ...['--topic', 'perf-java', '--num-records', '2000', '--record-size', '100', '--throughput', '500'],
        ...['--command-property', `bootstrap.servers=${engine().bootstrap}`],
      ])
      const sum = /2000 records sent, ([\d.]+) records\/sec \(([\d.]+) MB\/sec\), .* (\d+) ms 50th/.exec(java.stdout)
      const ours = await json(['perf', 'produce', 'perf', '-n', '2000', '--size', '100', '--rate', '500/s'])
      expect(sum).not.toBeNull()
      const theirs99 = Number(/(\d+) ms 99th/.exec(java.stdout)![1])
      expect(ours.total.recordsPerSecond / Number(sum![1])).toBeGreaterThan(0.9)
      expect(ours.total.recordsPerSecond / Number(sum![1])).toBeLessThan(1.1)
      // The machine may be busy with one of them and not with the other: what is usual for one is not unusual for the other.
      expect(ours.total.latencyMs.p50).toBeLessThan(theirs99 + 50)
      expect(Number(sum![3])).toBeLessThan(ours.total.latencyMs.p99 + 50)
    })
  })
})
