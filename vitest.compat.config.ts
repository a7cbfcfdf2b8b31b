/**
 * Compat suites: real clients and tools against the bundled broker, and mq's commands against Apache Kafka. Two files run at the same
 * time, since most of what a suite does is to wait: for a session to end, a throttle, a JVM. `--no-file-parallelism` runs them alone.
 */
import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { LANES } from './test/compat/support/ports.ts'

/** What takes longest begins first, so that none of it is left alone at the end: whole clusters, and every flag of every tool. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      /describeClusters\(|\/shims\/\w+-lines/.test(readFileSync(moduleId, 'utf8'))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    include: ['test/compat/**/*.test.ts'],
    // Long enough for a machine that has other work: what passes does not wait for them.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: LANES,
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
  },
})
