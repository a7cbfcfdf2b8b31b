/**
 * Every API that the bundled broker advertises, in every version, with generated requests, good and bad: both nodes are asked the same in
 * the same state and must answer the same, field by field. `MQ_SWEEP_SEED` gives other requests; the seed stands in each failure.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokerHandlers, controllerHandlers } from '../../src/broker/handlers/index.ts'
import type { ApiName } from '../../src/protocol/apis.ts'
import { startEngine } from './support/engine.ts'
import type { Engine } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { differences, Node } from './sweep/exchange.ts'
import { requestsOf, SEED } from './sweep/requests.ts'
import { changers, readers, type Subject, writers } from './sweep/pools.ts'
import { prepare, topicNames } from './sweep/state.ts'
import { isExpected, comparable } from './sweep/expected.ts'

const shown = (body: unknown): string =>
  JSON.stringify(body, (_, value: unknown) =>
    typeof value === 'string' && value.length > 200 ? `${value.slice(0, 20)}…` : value,
  ).slice(0, 600)

/** host:port of the node's controller listener. */
function controllerOf({ folder }: Engine): string {
  const properties = readFileSync(join(folder, 'server.properties'), 'utf8')
  return /CONTROLLER:\/\/([\w.]+:\d+)/.exec(properties)![1]!
}

describeWith('requests made up from the schemas', apacheKafkaPeer(), () => {
  const engines: Engine[] = []
  const nodes: Node[] = []
  const controllers: Node[] = []
  beforeAll(async () => {
    // what the bundled broker claims
    const features = { 'group.version': 0, 'transaction.version': 0, 'share.version': 0, 'streams.version': 0 }
    engines.push(await startEngine('apache', { features }), await startEngine('bundled'))
    for (const engine of engines) {
      const node = new Node(engine.bootstrap, engine.dataDir)
      const controller = new Node(controllerOf(engine), engine.dataDir)
      nodes.push(node)
      controllers.push(controller)
      await prepare(engine.bootstrap)
      await node.learn(topicNames)
      controller.share(node)
    }
  })
  afterAll(async () => {
    for (const node of [...nodes, ...controllers]) node.close()
    // A lone Kafka node that lost topics may wait a minute for itself on SIGTERM.
    for (const engine of engines) await engine.kill9()
    await Promise.all(engines.map((engine) => engine.stop()))
  })

  const sweep =
    (subject: Subject, listener: Node[], served = brokerHandlers) =>
    async () => {
      const found: string[] = []
      for (const { version, body } of requestsOf(subject)) {
        const [theirs, ours] = await Promise.all(
          listener.map((node) => node.ask(subject.api, version, body, subject.ordered)),
        )
        const wrong = differences(
          comparable(subject.api, theirs, served),
          comparable(subject.api, ours, served),
        ).filter((line) => !isExpected(subject.api, line))
        if (wrong.length > 0)
          found.push(`${subject.api} v${version} ${shown(body)}\n    ${wrong.slice(0, 6).join('\n    ')}`)
      }
      expect(found, `seed ${SEED}`).toEqual([])
    }

  // gaps.md: by now limits are set, and Kafka answers fetches beyond them without records
  const again = readers.filter(({ api }) => api !== 'Fetch')
  for (const [part, subjects] of Object.entries({ readers, writers, changers, 'readers again': again })) {
    describe(part, () => {
      for (const subject of subjects) it(`${subject.api} ${subject.kind ?? ''}`, sweep(subject, nodes))
    })
  }
  describe('controller listener', () => {
    // gaps.md: settings are checked there as a broker checks them
    const served = [...readers, ...changers].filter(({ api }) => api in controllerHandlers && !/AlterConfigs/.test(api))
    for (const subject of served)
      it(`${subject.api} ${subject.kind ?? ''}`, sweep(subject, controllers, controllerHandlers))
  })

  it('leaves nothing out that is advertised', () => {
    const asked = new Set<ApiName>([...readers, ...writers, ...changers].map(({ api }) => api))
    expect(Object.keys(brokerHandlers).filter((api) => !asked.has(api as ApiName))).toEqual([])
  })
})
