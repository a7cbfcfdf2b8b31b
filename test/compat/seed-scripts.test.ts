/**
 * Every shell command of the users' documents (seed-scripts/commands.json) through mq's stand-ins against the bundled broker and
 * through Kafka 4.3.1's own tools against Apache Kafka 4.3.1: both give what the file says, and print the same. What a document
 * should say instead is run too. MQ_SEED_RESULTS names a file for what came out, MQ_SEED_ONLY a pattern of DOCUMENT:LINE.
 */
import { appendFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Entry, type Outcome, seedCommands } from './seed-scripts/entries.ts'
import { runEntry, runInstead } from './seed-scripts/run-entry.ts'
import { type Ran, Sandbox } from './seed-scripts/sandbox.ts'
import { javaWay, type OpenWay, shimWay } from './seed-scripts/tool-ways.ts'
import { comparable } from './seed-scripts/comparable.ts'
import { startEngine } from './support/engine.ts'
import type { Engine } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'

interface Side {
  readonly engine: Engine
  readonly way: OpenWay
  readonly sandbox: Sandbox
}

const { addresses, entries } = seedCommands()
const only = new RegExp(process.env.MQ_SEED_ONLY ?? '.')

/** As the documents' clusters that have an authorizer; the tests connect as a super user. */
const AUTHORIZER = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}

const side = (engine: Engine, way: OpenWay): Side => ({
  engine,
  way,
  sandbox: new Sandbox(engine.bootstrap, addresses, way),
})

/** The tools that were called, with their exit codes; repetitions in a row once. */
function toolsOf(ran: Ran): string[] {
  const calls = ran.tools.map(({ name, exit }) => `${name.replace(/\.sh$/, '')} ${exit}`)
  return calls.filter((call, at) => call !== calls[at - 1])
}

function check(ran: Ran, outcome: Outcome, whose: string): void {
  const told = `${whose}\n${JSON.stringify(ran, undefined, 1)}`
  expect(ran.exit, told).toBe(outcome.exit)
  if (outcome.prints !== undefined) expect(ran.stdout, told).toMatch(new RegExp(outcome.prints, 'm'))
  if (outcome.complains !== undefined) expect(ran.stderr, told).toMatch(new RegExp(outcome.complains, 'm'))
  if (outcome.tools !== undefined) expect(toolsOf(ran), told).toEqual(outcome.tools)
  expect([...new Set(ran.foreign.map(({ name }) => name))], told).toEqual(outcome.needs ?? [])
}

describeWith('The shell commands of the documents', apacheKafkaPeer(), (home) => {
  let ours: Side
  let theirs: Side
  /** mq's stand-ins against Apache Kafka. */
  let across: Side
  beforeAll(async () => {
    const [bundled, apache, shims, java] = await Promise.all([
      startEngine('bundled'),
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
      if (!entry.notCompared) expect(comparable(mine.stdout)).toBe(comparable(kafka.stdout))
    })
    if (entry.instead)
      it(`${entry.at[0]} as it should be`, async () => {
        const [mine, kafka] = await both(entry, runInstead)
        log(entry, 'instead', mine, kafka)
        check(mine, entry.instead!, 'mq')
        check(kafka, entry.instead!, 'Kafka')
        expect(comparable(mine.foreign)).toBe(comparable(kafka.foreign))
      })
  }
})
