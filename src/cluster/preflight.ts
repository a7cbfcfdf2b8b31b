/**
 * What is looked at before a node is started, so that each obstacle gets its own message: the configuration file, the
 * ports (and who has them), the directories.
 */
import { accessSync, constants } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { MqError } from '../base/errors.ts'
import { parseProperties } from '../config/broker-config.ts'
import { readTextFile } from '../platform/input-file.ts'
import { makeDirectory } from '../platform/make-directory.ts'
import { type PortState, portOwner, portState } from '../platform/port-info.ts'
import type { NodePlan } from './node-plan.ts'
import { runningClusters } from './registry.ts'
import { isNodeAlive } from './status.ts'

/** The settings of a properties file. */
export function readConfigFile(path: string): Record<string, string> {
  return parseProperties(readTextFile(path, 'MQ_CONFIG_FILE'))
}

const RELEASE_WAIT_MS = 1000
const RELEASE_POLL_MS = 20

/** A process that was just killed holds its ports a moment longer than its pid: busy without an owner is looked at again. */
async function settledPortState(host: string, port: number): Promise<PortState> {
  const deadlineMs = performance.now() + RELEASE_WAIT_MS
  for (;;) {
    const state = await portState(host, port)
    if (state !== 'busy' || portOwner(port) !== undefined || performance.now() > deadlineMs) return state
    await sleep(RELEASE_POLL_MS)
  }
}

/** Refuses a busy port before anything is created, and says who has it. */
export async function checkPorts(plan: NodePlan, clusterName: string): Promise<void> {
  for (const listener of plan.config.listeners) {
    const state = await settledPortState(listener.host === '' ? '0.0.0.0' : listener.host, listener.port)
    if (state === 'free') continue
    if (state !== 'busy') {
      const reasons: Record<string, string> = {
        EADDRNOTAVAIL: 'the address does not belong to this machine',
        EACCES: 'no permission for this port',
        ENOTFOUND: 'the host name is unknown',
      }
      throw new MqError(
        'MQ_LISTENER',
        `cannot listen on ${listener.host}:${listener.port} (${listener.name}): ${reasons[state.error] ?? state.error}`,
        { hint: 'listeners are addresses of this machine; advertised.listeners may be others' },
      )
    }
    throw new MqError('MQ_PORT_BUSY', `port ${listener.port} is busy${occupant(listener.port, clusterName)}`, {
      hint:
        listener.port === plan.port
          ? 'choose another with --port, or --port 0 for any free one'
          : 'choose another port in listeners',
    })
  }
}

function occupant(port: number, clusterName: string): string {
  const other = runningClusters().find((state) =>
    state.nodes.some((node) => node.port === port || node.controllerPort === port),
  )
  if (other !== undefined && other.name !== clusterName) return `: the local cluster ${other.name} uses it`
  const owner = portOwner(port)
  if (owner === undefined) return ''
  return `: ${owner.name ?? 'a process'} (pid ${owner.pid}) listens there`
}

/** Makes the directory, or says why it cannot hold a node's data. */
export function prepareDirectory(directory: string): void {
  const user = runningClusters().find((state) =>
    state.nodes.some((node) => isNodeAlive(node) && node.dataDirs.includes(directory)),
  )
  if (user !== undefined) {
    throw new MqError('MQ_DIRECTORY_LOCKED', `${directory} is in use by the local cluster ${user.name}`, {
      hint: `choose another directory with --data, or mq broker stop --name ${user.name}`,
    })
  }
  try {
    makeDirectory(directory)
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reasons: Record<string, string> = {
      EACCES: 'no permission to write there',
      EPERM: 'no permission to write there',
      EROFS: 'the file system is read-only',
      ENOTDIR: 'part of the path is a file',
      EEXIST: 'it is a file',
      ENOSPC: 'the disk is full',
      ENOENT: 'the directory above it takes no new entries',
    }
    throw new MqError('MQ_DIRECTORY', `cannot keep data in ${directory}: ${reasons[code ?? ''] ?? message}`, {
      hint: 'choose another directory with --data',
      cause: error,
    })
  }
}
