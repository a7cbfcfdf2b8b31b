/**
 * Which processes kafka-server-start has started: a file for each below MQ_HOME, with what tells the process from a later one that
 * got its number. kafka-server-stop stops these, and the nodes of local clusters, and nothing else.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runningClusters } from '../../cluster/registry.ts'
import { isNodeAlive } from '../../cluster/status.ts'
import { makeDirectory } from '../../platform/make-directory.ts'
import { mqHome } from '../../platform/mq-home.ts'
import { isSameProcess, processToken } from '../../platform/process-info.ts'

export interface ServerRecord {
  readonly pid: number
  readonly token: string
  readonly nodeId: number
  readonly roles: readonly string[]
}

const folder = () => join(mqHome(), 'servers')

/** Records this process as a node, until it exits. */
export function recordServer(nodeId: number, roles: readonly string[]): void {
  const record: ServerRecord = { pid: process.pid, token: processToken(process.pid) ?? '', nodeId, roles }
  const file = join(folder(), `${process.pid}.json`)
  makeDirectory(folder())
  writeFileSync(file, JSON.stringify(record))
  process.on('exit', () => rmSync(file, { force: true }))
}

/** Nodes of mq that run on this machine for this user. */
export function runningServers(): ServerRecord[] {
  const ofClusters = runningClusters().flatMap(({ nodes }) =>
    nodes.filter(isNodeAlive).map(({ pid, processToken: token, id, roles }) => ({
      pid: pid!,
      token: token!,
      nodeId: id,
      roles,
    })),
  )
  const known = new Set(ofClusters.map(({ pid }) => pid))
  return [...ofClusters, ...recorded().filter(({ pid }) => !known.has(pid))]
}

function recorded(): ServerRecord[] {
  let names: string[]
  try {
    names = readdirSync(folder()).filter((name) => name.endsWith('.json'))
  } catch {
    // Nothing was ever started so.
    return []
  }
  return names.flatMap((name) => {
    const file = join(folder(), name)
    try {
      const record = JSON.parse(readFileSync(file, 'utf8')) as ServerRecord
      if (isSameProcess(record.pid, record.token)) return [record]
      rmSync(file, { force: true })
    } catch {
      // Written at this moment, or damaged: no proof, so nothing is stopped by it.
    }
    return []
  })
}
