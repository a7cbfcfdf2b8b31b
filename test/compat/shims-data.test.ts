/**
 * The stand-ins for Kafka's data and node tools do and print what Kafka 4.3.1's tools do and print, against the same node: each
 * invocation of shims/data-lines.ts through both, on Apache Kafka of both releases and on the bundled broker.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataOutcomes } from './shims/data-compare.ts'
import { dataLines } from './shims/data-lines.ts'
import { describeEngines } from './support/engine.ts'
import type { EngineKind } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { ToolRunner } from './support/tool-runner.ts'

const PROPERTIES = { 'offsets.topic.num.partitions': '1', 'group.initial.rebalance.delay.ms': '0' }

/** Lines that have nothing to compare on an engine; docs/shims.md has the reasons. */
const SKIPPED: Readonly<Partial<Record<EngineKind, RegExp>>> = {}

describeWith("Kafka's data tools and their stand-ins", apacheKafkaPeer(), (home) => {
  describeEngines(
    'say the same',
    ['apache', 'apache-3.9', 'bundled'],
    (engine, kind) => {
      let runner: ToolRunner
      beforeAll(() => {
        runner = new ToolRunner(home)
      })
      afterAll(async () => {
        await runner?.stop()
      })
      for (const [name, lines] of Object.entries(dataLines)) {
        describe(name, () => {
          for (const line of lines.split('\n').filter((one) => one !== '')) {
            it.skipIf(SKIPPED[kind]?.test(line))(line, async () => {
              const { bootstrap, folder, dataDir } = engine()
              const { theirs, ours } = await dataOutcomes(runner, line, { bootstrap, folder, dataDir })
              expect(ours).toBe(theirs)
            })
          }
        })
      }
    },
    { properties: PROPERTIES },
  )
})
