/**
 * Runs one and the same conversation with Apache Kafka and with the bundled broker and compares what came back. A scenario
 * returns what matters of the answers; ids that each node makes up are replaced by the order of their appearance.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../src/broker/index.ts'
import type { ApiName, RequestInput, ResponseOf } from '../../../src/protocol/apis.ts'
import { startApacheKafka } from './apache-kafka.ts'
import type { Engine } from './node.ts'
import { apacheKafkaPeer, describeWith } from './peers.ts'
import { eventually } from './process.ts'
import { RawClient } from './raw-client.ts'

/** What its quota is raised from: far above what a test could reach. */
const FIRST_MARK = 1_000_000_000

/** One side of the comparison. */
export class Side {
  readonly #bootstrap: string
  readonly #clients: RawClient[] = []
  readonly #names = new Map<string, string>()

  constructor(bootstrap: string) {
    this.#bootstrap = bootstrap
  }

  /** A fresh connection: requests on it wait for each other. */
  async connect(clientId = 'raw'): Promise<RawClient> {
    const client = await RawClient.open(this.#bootstrap, clientId)
    this.#clients.push(client)
    return client
  }

  /** One request on a connection of its own. */
  async ask<A extends ApiName>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    const client = await this.connect()
    try {
      return await client.request(api, version, body)
    } finally {
      client.close()
    }
  }

  /** Asks again while the coordinator is not there yet. */
  async askGroup<A extends ApiName>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    for (let tries = 0; ; tries++) {
      const answer = await this.ask(api, version, body)
      const isBusy = /"errorCode":1[456]\b/.test(JSON.stringify(answer))
      if (!isBusy || tries > 300) return answer
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** Waits until the node's broker has applied what its controller decided so far: a quota that is set now is seen. */
  async applied(): Promise<void> {
    const [key, user] = ['consumer_byte_rate', 'mark']
    const shown = async (): Promise<number> => {
      const components = [{ entityType: 'user', matchType: 0, match: user }]
      const { entries } = await this.ask('DescribeClientQuotas', 1, { components, strict: true })
      return entries?.[0]?.values[0]?.value ?? FIRST_MARK
    }
    const mark = (await shown()) + 1
    const entity = [{ entityType: 'user', entityName: user }]
    const entries = [{ entity, ops: [{ key, value: mark, remove: false }] }]
    const answer = await this.ask('AlterClientQuotas', 1, { entries, validateOnly: false })
    if (answer.entries[0]?.errorCode !== 0) throw new Error(`the mark was refused: ${answer.entries[0]?.errorMessage}`)
    await eventually(`mark ${mark} of user ${user}`, async () => (await shown()) === mark)
  }

  /** A stand-in for an id that the node made up: the same for the same id. */
  alias(id: string | null | undefined, kind = 'member'): string {
    if (id === null || id === undefined || id === '') return ''
    const known = this.#names.get(id)
    if (known !== undefined) return known
    const name = `${kind} ${this.#names.size}`
    this.#names.set(id, name)
    return name
  }

  /** Remembers an id under a name of the scenario's choice. */
  call(id: string, name: string): string {
    this.#names.set(id, name)
    return id
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }
}

/** Where two answers differ, as `path: Kafka's → ours`; empty when nowhere. */
export function differences(theirs: unknown, ours: unknown, path = ''): string[] {
  if (typeof theirs !== 'object' || typeof ours !== 'object' || theirs === null || ours === null) {
    return Object.is(theirs, ours) ? [] : [`${path}: ${JSON.stringify(theirs)} → ${JSON.stringify(ours)}`]
  }
  const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)])
  return [...keys].flatMap((key) =>
    differences((theirs as Record<string, unknown>)[key], (ours as Record<string, unknown>)[key], `${path}/${key}`),
  )
}

export type Scenario = (side: Side) => Promise<unknown>

/** Asks until the topics have leaders. */
export async function topicReady(side: Side, ...names: string[]): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { topics } = await side.ask('Metadata', 12, {
      topics: names.map((name) => ({ name })),
      allowAutoTopicCreation: false,
    })
    if (
      topics.every(({ errorCode, partitions }) => errorCode === 0 && partitions.every((each) => each.errorCode === 0))
    )
      return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`topics ${names.join(', ')} did not come up`)
}

/** A test per scenario, against both nodes started with `properties`. `prepare` runs on each once. */
export function paritySuite(
  name: string,
  properties: Record<string, string>,
  scenarios: Record<string, Scenario>,
  prepare: Scenario = () => Promise.resolve(),
): void {
  describeWith(name, apacheKafkaPeer(), () => {
    let apache: Engine | undefined
    let bundled: RunningBroker | undefined

    beforeAll(async () => {
      apache = await startApacheKafka({ properties })
      bundled = await startBroker({ memory: true, config: properties })
      for (const bootstrap of [apache.bootstrap, bundled.bootstrapServers]) await prepare(new Side(bootstrap))
    })
    afterAll(async () => {
      await bundled?.stop()
      // A lone Kafka node that lost topics may wait a minute for itself on SIGTERM.
      await apache?.kill9()
      await apache?.stop()
    })

    describe('answers as Apache Kafka does', () => {
      for (const [title, scenario] of Object.entries(scenarios)) {
        it(title, async () => {
          const sides = [new Side(apache!.bootstrap), new Side(bundled!.bootstrapServers)] as const
          try {
            const [theirs, ours] = await Promise.all(sides.map((side) => scenario(side)))
            expect(differences(theirs, ours)).toEqual([])
          } finally {
            for (const side of sides) side.close()
          }
        })
      }
    })
  })
}
