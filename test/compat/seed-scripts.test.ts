/**
 * Every shell command of the users' documents (seed-scripts/commands.json) through mq's stand-ins against the bundled broker and
 * through Kafka 4.3.1's own tools against Apache Kafka 4.3.1: both give what the file says, and print the same. What a document
 * should say instead is run too. MQ_SEED_RESULTS names a file for what came out, MQ_SEED_ONLY a pattern of DOCUMENT:LINE,
 * MQ_COMPAT_ENGINES (its first) another engine for mq's stand-ins.
 */
import { appendFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { check } from './seed-scripts/check.ts'
import { type Entry, seedCommands } from './seed-scripts/entries.ts'
import { runEntry, runVariant } from './seed-scripts/run-entry.ts'
import { type Ran, Sandbox } from './seed-scripts/sandbox.ts'
import { javaWay, type OpenWay, shimWay } from './seed-scripts/tool-ways.ts'
import { comparable } from './seed-scripts/comparable.ts'
import { startEngine } from './support/engine.ts'
import type { Engine, EngineKind } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'

interface Side {
  readonly engine: Engine
  readonly way: OpenWay
  readonly sandbox: Sandbox
}

const { addresses, entries } = seedCommands()
const kind = (process.env.MQ_COMPAT_ENGINES ?? 'bundled').split(',')[0] as EngineKind
const only = new RegExp(process.env.MQ_SEED_ONLY ?? '.')

/** As the documents' clusters that have an authorizer; the tests connect as a super user. */
const AUTHORIZER = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}

/** How often a script has to wait for something is another matter each time. */
const awake = ({ foreign }: Ran) => foreign.filter(({ name }) => name !== 'sleep')

const side = (engine: Engine, way: OpenWay): Side => ({
  engine,
  way,
  sandbox: new Sandbox(engine.bootstrap, addresses, way),
})

describeWith('The shell commands of the documents', apacheKafkaPeer(), (home) => {
  let ours: Side
  let theirs: Side
  /** mq's stand-ins against Apache Kafka. */
  let across: Side
  beforeAll(async () => {
    const [bundled, apache, shims, java] = await Promise.all([
      startEngine(kind),
      startEngine('apache', { properties: AUTHORIZER }),
      shimWay(),
      javaWay(home),
    ])
    ours = side(bundled, shims)
    theirs = side(apache, java)
    across = side(apache, shims)
  })
  afterAll(async () => {
    for (const { sandbox } of [ours, theirs, across]) sandbox.remove()
    await Promise.all([ours.engine.stop(), theirs.engine.stop(), ours.way.close(), theirs.way.close()])
  })
  const both = async (entry: Entry, run: typeof runEntry): Promise<[Ran, Ran]> => {
    const at = ({ sandbox, engine }: Side) => run(sandbox, engine.bootstrap, entry)
    if (entry.on === 'apache') return [await at(across), await at(theirs)]
    // both end before the next begins, whatever happens
    const [mine, kafka] = await Promise.allSettled([at(ours), at(theirs)])
    if (mine.status === 'rejected') throw mine.reason
    if (kafka.status === 'rejected') throw kafka.reason
    return [mine.value, kafka.value]
  }
  const log = (entry: Entry, what: string, mine: Ran, kafka: Ran): void => {
    const file = process.env.MQ_SEED_RESULTS
    if (file !== undefined) appendFileSync(file, `${JSON.stringify({ at: entry.at[0], what, mine, kafka })}\n`)
  }

  for (const entry of entries.filter(({ at }) => only.test(at[0]!))) {
    const title = `${entry.at[0]} ${entry.script ?? entry.command?.replace(/\s*\\?\n\s*/g, ' ').slice(0, 100)}`
    it(title, async () => {
      const [mine, kafka] = await both(entry, runEntry)
      log(entry, 'as it stands', mine, kafka)
      check(mine, entry, 'mq')
      check(kafka, entry, 'Kafka')
      if (entry.bundled) {
        const { setUp: _ofApache, ...bare } = entry
        check(await runEntry(ours.sandbox, ours.engine.bootstrap, bare), entry.bundled, 'bundled')
      }
      expect(mine.stderr).toMatch(new RegExp(entry.hint ?? '', 'm'))
      expect(comparable(mine.foreign)).toBe(comparable(kafka.foreign))
      expect(comparable(mine.tools)).toBe(comparable(kafka.tools))
      // a broker of another release answers in other words
      if (!entry.notCompared && kind !== 'apache-3.9') expect(comparable(mine.stdout)).toBe(comparable(kafka.stdout))
    })
    const variants = [...(entry.instead ? [entry.instead] : []), ...(entry.also ?? [])]
    for (const [index, variant] of variants.entries())
      it(`${entry.at[0]} ${variant === entry.instead ? 'as it should be' : `otherwise, ${index}`}`, async () => {
        const [mine, kafka] = await both(entry, (sandbox, bootstrap) => runVariant(sandbox, bootstrap, entry, variant))
        log(entry, `variant ${index}`, mine, kafka)
        check(mine, variant, 'mq')
        check(kafka, variant, 'Kafka')
        expect(mine.stderr).toMatch(new RegExp(variant.hint ?? '', 'm'))
        expect(comparable(awake(mine))).toBe(comparable(awake(kafka)))
      })
  }
})
