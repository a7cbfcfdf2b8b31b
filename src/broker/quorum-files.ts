/** The `quorum-state` file of the metadata log's directory, replaced as a whole and synced. */
import type { Disk } from '../base/disk.ts'
import { type QuorumState, type QuorumStateStore, decodeQuorumState, encodeQuorumState } from './raft/quorum-state.ts'

const FILE = 'quorum-state'

export class QuorumStateFile implements QuorumStateStore {
  private readonly disk: Disk
  private readonly directory: string
  private readonly format: () => { version: 0 | 1; voters: readonly number[] }

  /** `format` tells at each write which version to write, and the voters that version 0 repeats. */
  constructor(disk: Disk, directory: string, format: () => { version: 0 | 1; voters: readonly number[] }) {
    this.disk = disk
    this.directory = directory
    this.format = format
  }

  read(): QuorumState | undefined {
    const path = `${this.directory}/${FILE}`
    if (this.disk.stat(path) === undefined) return undefined
    return decodeQuorumState(this.disk.readFile(path).toString('utf8'), path)
  }

  write(state: QuorumState): void {
    const { version, voters } = this.format()
    const path = `${this.directory}/${FILE}`
    this.disk.writeFile(`${path}.tmp`, Buffer.from(encodeQuorumState(state, version, voters)), { sync: true })
    this.disk.rename(`${path}.tmp`, path)
    this.disk.syncDirectory(this.directory)
  }
}
