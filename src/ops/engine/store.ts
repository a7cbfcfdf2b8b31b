/**
 * Where operations are kept on this machine: `OPS/CLUSTER/ID/journal`, one directory an operation. One operator at a time
 * works on a cluster: `lock` takes the cluster's directory, and one that died holding it loses it by itself. What another
 * machine does is for the `ClusterLock` that the command passes in.
 */
import { dirname } from 'node:path'
import { type DirectoryLock, type Disk, DiskError } from '../../base/disk.ts'
import { MqError, RefusedError } from '../../base/errors.ts'
import { Journal } from './journal.ts'
import { shortHash, type Plan } from './plan.ts'
import { type OperationState, replayJournal } from './progress.ts'

/** A lock that other machines see too, as far as the cluster can hold one. */
export interface ClusterLock {
  /** Takes it, or throws RefusedError naming who has it. `onLost`: it is held no longer, what goes on has to stop. */
  take(operator: string, onLost: (error: MqError) => void): Promise<HeldLock>
}

export interface HeldLock {
  release(): Promise<void>
}

/** What this machine remembers of the seat that it holds in the lock's group. */
export interface SeatMemory {
  read(): string | undefined
  write(memberId: string | undefined): void
}

export interface StoredOperation {
  readonly id: string
  readonly directory: string
  readonly state: OperationState
}

export class OperationStore {
  readonly disk: Disk
  readonly #directory: string
  readonly #cluster: string

  /** `directory` is that of all clusters; `cluster` names one by its id. */
  constructor(disk: Disk, directory: string, cluster: string) {
    if (!/^[\w-]{1,64}$/.test(cluster)) throw new MqError('MQ_CLUSTER_ID', `"${cluster}" is no cluster id`)
    this.disk = disk
    this.#cluster = cluster
    this.#directory = `${directory}/${cluster}`
  }

  get cluster(): string {
    return this.#cluster
  }

  /** Keeps a second operator on this machine out. Throws RefusedError while another one works. */
  lock(): DirectoryLock {
    this.disk.makeDirectory(this.#directory)
    try {
      return this.disk.lockDirectory(this.#directory)
    } catch (error) {
      if (!(error instanceof DiskError) || error.errno !== 'ELOCKED') throw error
      const holder = error.cause instanceof Error ? ` (${error.cause.message}${this.#lastWords()})` : ''
      throw new RefusedError(
        `another mq command works on this cluster${holder}; nothing was changed`,
        'wait until it has finished, or interrupt it and resume',
      )
    }
  }

  /** What the one that works here does, as far as its journal says. */
  #lastWords(): string {
    const open = this.unfinished()
    if (open === undefined) return ''
    return `, ${open.state.plan.kind} by ${open.state.operator} since ${new Date(open.state.begunAtMs).toISOString()}`
  }

  /** Where the cluster lock's seat is remembered. The caller holds the lock. */
  seatMemory(): SeatMemory {
    const path = `${this.#directory}/seat`
    const { disk } = this
    return {
      read: () => (disk.stat(path) === undefined ? undefined : disk.readFile(path).toString().trim() || undefined),
      write: (memberId) => {
        // Not worth a sync: after a power cut the seat has long been given up by the cluster.
        if (memberId === undefined) disk.removeFile(path)
        else disk.writeFile(path, Buffer.from(`${memberId}\n`))
      },
    }
  }

  /**
   * Every operation on record, oldest first. One that was killed before its plan was on disk has done nothing and does not
   * count. Throws for a damaged journal: nobody knows whether that operation has ended.
   */
  list(): StoredOperation[] {
    if (this.disk.stat(this.#directory) === undefined) return []
    return this.disk
      .list(this.#directory)
      .flatMap((id): StoredOperation[] => {
        const directory = `${this.#directory}/${id}`
        if (this.disk.stat(directory)?.isDirectory !== true) return []
        const state = replayJournal(Journal.read(this.disk, directory))
        return state === undefined ? [] : [{ id, directory, state }]
      })
      .sort((one, other) => one.state.begunAtMs - other.state.begunAtMs || (one.id < other.id ? -1 : 1))
  }

  /** The operation that was begun and has not ended; undefined: none. */
  unfinished(): StoredOperation | undefined {
    return this.list().findLast(({ state }) => state.outcome === undefined)
  }

  /** The operation of this id. */
  find(id: string): StoredOperation {
    const found = this.list().find((one) => one.id === id)
    if (found === undefined) throw new MqError('MQ_UNKNOWN_OPERATION', `there is no operation ${id} on this machine`)
    return found
  }

  /** Makes the directory of a new operation and returns its journal, still empty. The caller holds the lock. */
  create(plan: Plan, nowMs: number): { id: string; journal: Journal } {
    const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+Z$/g, '')
    const first = `${plan.kind}-${stamp}-${shortHash(plan)}`
    let id = first
    // The same plan again in the same second: a journal tells of one run only.
    for (let more = 2; this.disk.stat(`${this.#directory}/${id}`) !== undefined; more += 1) id = `${first}-${more}`
    const directory = `${this.#directory}/${id}`
    this.disk.makeDirectory(directory)
    // A journal is as durable as the names on the way to it.
    for (const parent of [this.#directory, dirname(this.#directory), dirname(dirname(this.#directory))]) {
      this.disk.syncDirectory(parent)
    }
    return { id, journal: Journal.open(this.disk, directory) }
  }
}
