/** A temporary MQ_HOME for each test, and the requests of the fake broker; nothing is left running or lying about. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { StartRequest } from '../../../src/cluster/start.ts'
import { clusterNames, type NodeState, readCluster } from '../../../src/cluster/state.ts'
import { isNodeAlive } from '../../../src/cluster/status.ts'

export interface Home {
  readonly path: string
  readonly notes: string[]
  start(options?: Partial<StartRequest>, behaviour?: string): StartRequest
}

export function useHome(): Home {
  const home = { path: '', notes: [] as string[] }
  const before = process.env.MQ_HOME
  beforeEach(() => {
    home.path = mkdtempSync(join(tmpdir(), 'mq-cluster-'))
    home.notes.length = 0
    process.env.MQ_HOME = home.path
  })
  afterEach(() => {
    for (const node of recordedNodes()) if (isNodeAlive(node)) process.kill(node.pid!, 'SIGKILL')
    rmSync(home.path, { recursive: true, force: true, maxRetries: 5 })
    if (before === undefined) delete process.env.MQ_HOME
    else process.env.MQ_HOME = before
  })
  return {
    get path() {
      return home.path
    },
    notes: home.notes,
    start: (options = {}, behaviour = 'ok') => ({
      name: 'local',
      port: 0,
      dataDir: undefined,
      configFile: undefined,
      overrides: {},
      clusterId: undefined,
      metrics: undefined,
      env: { PATH: process.env.PATH, FAKE_BROKER: behaviour },
      program: join(import.meta.dirname, 'fake-broker.mjs'),
      version: '0.0.0',
      timeoutMs: 10_000,
      signal: new AbortController().signal,
      note: (text) => home.notes.push(text),
      ...options,
    }),
  }
}

function recordedNodes(): NodeState[] {
  return clusterNames().flatMap((name) => {
    try {
      return [...(readCluster(name)?.nodes ?? [])]
    } catch {
      return []
    }
  })
}
