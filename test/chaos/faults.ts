/** What is done to the nodes: each fault says what it did, and has left nothing broken but processes that ended. */
import { setTimeout as sleep } from 'node:timers/promises'
import { quorumInfo } from '../../src/admin/cluster.ts'
import type { ChaosNodes } from './nodes.ts'
import { TOPIC } from './verified-load.ts'

/** A number from `low` up to and including `high`, from the seed. */
export type Pick = (low: number, high: number) => number

export interface Fault {
  readonly name: string
  run(nodes: ChaosNodes, pick: Pick): Promise<string>
}

/** Repeatable numbers (mulberry32). */
export function seeded(seed: number): Pick {
  let state = seed >>> 0
  return (low, high) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    const share = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    return low + Math.floor(share * (high - low + 1))
  }
}

async function leader(nodes: ChaosNodes, partition: number): Promise<number> {
  return ask(nodes, async (client) => {
    const { topics } = await client.metadata([TOPIC])
    return topics[0]?.partitions.find((one) => one.partitionIndex === partition)?.leaderId ?? -1
  })
}

async function controller(nodes: ChaosNodes): Promise<number> {
  return ask(nodes, async (client) => (await quorumInfo(client)).leader ?? -1)
}

async function ask(
  nodes: ChaosNodes,
  question: (client: Awaited<ReturnType<ChaosNodes['client']>>) => Promise<number>,
): Promise<number> {
  const client = await nodes.client()
  try {
    const id = await question(client)
    return nodes.ids.includes(id) ? id : nodes.ids[0]!
  } finally {
    await client.close()
  }
}

const any = (nodes: ChaosNodes, pick: Pick) => nodes.ids[pick(0, nodes.ids.length - 1)]!

async function paused(nodes: ChaosNodes, id: number, ms: number): Promise<void> {
  nodes.pause(id)
  await sleep(ms)
  nodes.resume(id)
}

async function away(nodes: ChaosNodes, ids: readonly number[], ms: number): Promise<void> {
  await Promise.all(ids.map((id) => nodes.end(id, 'SIGKILL')))
  await sleep(ms)
}

async function cut(nodes: ChaosNodes, pairs: readonly (readonly [number, number])[], ms: number): Promise<void> {
  for (const [from, to] of pairs) nodes.net.block(from, to)
  await sleep(ms)
  nodes.net.heal()
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'kill-leader',
    async run(nodes, pick) {
      const partition = pick(0, 5)
      const [id, ms] = [await leader(nodes, partition), pick(0, 5000)]
      await away(nodes, [id], ms)
      return `kill -9 of node ${id}, leader of ${TOPIC}-${partition}, away ${ms} ms`
    },
  },
  {
    name: 'kill-controller',
    async run(nodes, pick) {
      const [id, ms] = [await controller(nodes), pick(0, 5000)]
      await away(nodes, [id], ms)
      return `kill -9 of node ${id}, active controller, away ${ms} ms`
    },
  },
  {
    name: 'kill-all',
    async run(nodes, pick) {
      const ms = pick(0, 1000)
      await away(nodes, nodes.ids, ms)
      return `kill -9 of all nodes, away ${ms} ms`
    },
  },
  {
    name: 'kill-two',
    async run(nodes, pick) {
      const [spared, gapMs, ms] = [any(nodes, pick), pick(0, 2000), pick(0, 3000)]
      const [first, second] = nodes.ids.filter((id) => id !== spared)
      await away(nodes, [first!], gapMs)
      await away(nodes, [second!], ms)
      return `kill -9 of node ${first}, ${gapMs} ms later of node ${second}, away ${ms} ms`
    },
  },
  {
    name: 'kill-again',
    async run(nodes, pick) {
      const [id, gapMs] = [any(nodes, pick), pick(50, 1500)]
      await nodes.end(id, 'SIGKILL')
      // Not waited for: the second kill comes while it starts or recovers.
      const starting = nodes.startNode(id).catch(() => {})
      await sleep(gapMs)
      await nodes.end(id, 'SIGKILL')
      await starting
      return `kill -9 of node ${id}, and again ${gapMs} ms into its start`
    },
  },
  {
    name: 'pause',
    async run(nodes, pick) {
      const [id, ms] = [any(nodes, pick), pick(500, 8000)]
      await paused(nodes, id, ms)
      return `SIGSTOP of node ${id} for ${ms} ms`
    },
  },
  {
    name: 'pause-leader',
    async run(nodes, pick) {
      const [id, ms] = [await leader(nodes, pick(0, 5)), pick(2000, 8000)]
      await paused(nodes, id, ms)
      return `SIGSTOP of node ${id}, a leader, for ${ms} ms`
    },
  },
  {
    name: 'pause-controller',
    async run(nodes, pick) {
      const [id, ms] = [await controller(nodes), pick(1000, 8000)]
      await paused(nodes, id, ms)
      return `SIGSTOP of node ${id}, active controller, for ${ms} ms`
    },
  },
  {
    name: 'isolate',
    async run(nodes, pick) {
      const [id, ms] = [any(nodes, pick), pick(1000, 8000)]
      const others = nodes.ids.filter((one) => one !== id)
      await cut(
        nodes,
        others.flatMap((other) => [[id, other] as const, [other, id] as const]),
        ms,
      )
      return `node ${id} cut off from the others for ${ms} ms`
    },
  },
  {
    name: 'cut-pair',
    async run(nodes, pick) {
      const [spared, ms] = [any(nodes, pick), pick(1000, 8000)]
      const [one, other] = nodes.ids.filter((id) => id !== spared) as [number, number]
      await cut(
        nodes,
        [
          [one, other],
          [other, one],
        ],
        ms,
      )
      return `nodes ${one} and ${other} cut off from each other for ${ms} ms`
    },
  },
  {
    name: 'one-way',
    async run(nodes, pick) {
      const [from, ms] = [any(nodes, pick), pick(1000, 8000)]
      const others = nodes.ids.filter((id) => id !== from)
      await cut(
        nodes,
        others.map((to) => [from, to] as const),
        ms,
      )
      return `nothing from node ${from} reached the others for ${ms} ms`
    },
  },
  {
    name: 'isolate-leader-and-kill',
    async run(nodes, pick) {
      const [id, ms] = [await leader(nodes, pick(0, 5)), pick(1000, 5000)]
      for (const other of nodes.ids.filter((one) => one !== id)) nodes.net.block(id, other)
      await sleep(ms)
      await nodes.end(id, 'SIGKILL')
      nodes.net.heal()
      return `nothing from node ${id}, a leader, reached the others for ${ms} ms, then kill -9`
    },
  },
  {
    name: 'delay',
    async run(nodes, pick) {
      const [id, delayMs, ms] = [any(nodes, pick), pick(20, 400), pick(1000, 5000)]
      nodes.net.delay(id, delayMs)
      await sleep(ms)
      nodes.net.heal()
      return `node ${id} ${delayMs} ms away from the others for ${ms} ms`
    },
  },
  {
    name: 'terminate',
    async run(nodes, pick) {
      const [id, ms] = [any(nodes, pick), pick(0, 2000)]
      await nodes.end(id, 'SIGTERM')
      await sleep(ms)
      return `SIGTERM to node ${id}, away ${ms} ms`
    },
  },
]
