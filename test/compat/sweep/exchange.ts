/**
 * One request to one node and what came of it, with everything taken out that two nodes cannot have in common: ids that they make up,
 * addresses, folders, times of their own.
 */
import type { ApiName } from '../../../src/protocol/apis.ts'
import { RawClient } from '../support/raw-client.ts'

/** How long an answer may take: nothing that the sweep asks waits for anything. */
const PATIENCE_MS = 4_000
/** Times of the sweep's own records are before this; what is later was made by the node. */
const NOW_FROM = 1_750_000_000_000

export class Node {
  readonly bootstrap: string
  readonly #dataDir: string
  #client: RawClient | undefined
  /** Topic ids by name, and the other way round. */
  readonly #ids = new Map<string, string>()
  readonly #names = new Map<string, string>()
  #made = 0

  constructor(bootstrap: string, dataDir: string) {
    this.bootstrap = bootstrap
    this.#dataDir = dataDir
  }

  /** The answer without what is this node's own; a text where there is none. */
  async ask(api: ApiName, version: number, body: unknown, ordered = false): Promise<unknown> {
    this.#client ??= await RawClient.open(this.bootstrap)
    const client = this.#client
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('no answer'), PATIENCE_MS)
    })
    const answer = await Promise.race([
      late,
      client.request(api, version, this.#own(body) as never).catch((error: Error) => error.message),
    ])
    clearTimeout(timer)
    if (typeof answer === 'string') {
      client.close()
      this.#client = undefined
    }
    return this.#plain(answer, ordered)
  }

  /** Remembers the ids of these topics. */
  async learn(names: readonly string[]): Promise<void> {
    const client = await RawClient.open(this.bootstrap)
    const topics = names.map((name) => ({ name }))
    const answer = await client.request('Metadata', 12, { topics, allowAutoTopicCreation: false })
    for (const { name, topicId } of answer.topics) {
      this.#ids.set(`@${name}`, topicId)
      this.#names.set(topicId, `@${name}`)
    }
    client.close()
  }

  /** Knows the ids that `other` knows, which is another listener of the same node. */
  share(other: Node): void {
    for (const [name, id] of other.#ids) this.#ids.set(name, id)
    for (const [id, name] of other.#names) this.#names.set(id, name)
  }

  close(): void {
    this.#client?.close()
  }

  /** `body` with this node's ids in place of `@name`. */
  #own(body: unknown): unknown {
    if (body === '@dataDir') return this.#dataDir
    if (typeof body === 'string') return this.#ids.get(body) ?? body
    if (Array.isArray(body)) return body.map((each) => this.#own(each))
    if (typeof body !== 'object' || body === null || Buffer.isBuffer(body)) return body
    return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, this.#own(value)]))
  }

  #plain(value: unknown, ordered: boolean, key = ''): unknown {
    if (typeof value === 'string') return this.#text(value, key)
    if (typeof value === 'number') return value > NOW_FROM && value < 2e12 ? 'now' : value
    if (typeof value === 'bigint') return String(value)
    if (Buffer.isBuffer(value)) return value.toString('base64')
    if (Array.isArray(value)) {
      const plain = value.map((each) => this.#plain(each, ordered, key))
      return ordered ? plain : plain.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    }
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !OWN.has(name))
        .map(([name, each]) => [name, this.#plain(each, ordered, name)]),
    )
  }

  #text(value: string, key: string): string {
    if (key === 'memberId' && value.length > 36) return 'a member'
    let text = value.replaceAll(this.#dataDir, 'DATA')
    for (const [id, name] of this.#names) text = text.replaceAll(id, name)
    if (key === 'topicId' && text.length === 22 && !/^A{19}/.test(text)) {
      this.#names.set(text, `new ${this.#made++}`)
      return 'a new topic'
    }
    return text.replace(/\b2[1-5]\d{3}\b/g, 'PORT').replace(/\b17\d{11}\b|-9223370\d+/g, 'TIME')
  }
}

/** Fields that are a node's own. */
const OWN = new Set([
  'throttleTimeMs',
  'host',
  'port',
  'clusterId',
  'totalBytes',
  'usableBytes',
  'sessionId',
  'producerId',
])

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
