/**
 * Suites over engines. Those that check foreign clients run against the bundled broker, or against what
 * `MQ_COMPAT_ENGINES=apache,apache-3.9,bundled` names; those that check mq's own commands run against all of them.
 */
import { afterAll, beforeAll, describe } from 'vitest'
import { startApacheKafka, startApacheKafka3 } from './apache-kafka.ts'
import { startBundled } from './bundled.ts'
import type { Engine, EngineKind, EngineOptions } from './node.ts'
import { apacheKafkaPeer, describeWith, KAFKA_3_VERSION, type Peer } from './peers.ts'

/** Starts a node of `kind`. */
export function startEngine(kind: EngineKind, options: EngineOptions = {}): Promise<Engine> {
  if (kind === 'apache') return startApacheKafka(options)
  return kind === 'apache-3.9' ? startApacheKafka3(options) : startBundled(options)
}

const KINDS: EngineKind[] = ['apache', 'apache-3.9', 'bundled']

function namedEngines(): EngineKind[] | undefined {
  const named = process.env.MQ_COMPAT_ENGINES?.split(',').map((kind) => kind.trim())
  return named?.filter((kind): kind is EngineKind => (KINDS as string[]).includes(kind))
}

/**
 * A describe block for each engine of `kinds` with one node that its tests share. `body` gets a function that answers the node from
 * inside hooks and tests. A missing Apache Kafka skips its block with one line, and fails under CI.
 */
export function describeEngines(
  name: string,
  kinds: readonly EngineKind[],
  body: (engine: () => Engine, kind: EngineKind) => void,
  options: EngineOptions = {},
): void {
  for (const kind of namedEngines() ?? kinds) {
    const block = `${name}, ${kind} node`
    const shared = (): void => {
      let engine: Engine | undefined
      beforeAll(async () => {
        engine = await startEngine(kind, options)
      })
      afterAll(async () => {
        await engine?.stop()
      })
      body(() => {
        if (engine === undefined) throw new Error('the node is not there yet: ask for it inside a test')
        return engine
      }, kind)
    }
    if (kind === 'bundled') describe(block, shared)
    else describeWith(block, apacheKafkaPeer(kind === 'apache' ? undefined : KAFKA_3_VERSION), shared)
  }
}

/** `describeEngines` for a suite that needs `peer` as its client. */
export function suiteWith<T>(
  name: string,
  peer: Peer<T>,
  kinds: readonly EngineKind[],
  body: (engine: () => Engine, peer: T) => void,
): void {
  describeWith(name, peer, (found) => describeEngines('on', kinds, (engine) => body(engine, found)))
}
