/**
 * The disk of a simulated broker: in memory, with what a kill and a power cut leave behind, operations that take time,
 * room that runs out, and moments at which something may happen to its machine.
 */
import type { Prng } from '../../../src/base/prng.ts'
import { CrashDisk, ProcessDied } from '../../support/memory-disk.ts'
import type { DiskOperation } from '../../../src/platform/memory-disk.ts'
import type { Host } from '../engine/host.ts'

const NO_BOUND = 2 ** 50

export class SimDisk extends CrashDisk {
  /** What a sync takes at most, in milliseconds. */
  syncMs = 0.05
  /** It takes so long instead until then, by the engine's time. */
  slow = { syncMs: 0, untilMs: 0 }
  onSync: (path: string) => void = () => {}
  private readonly host: Host
  private readonly chance: Prng
  private life = -1

  constructor(host: Host, chance: Prng) {
    super({ nowMs: () => host.wallMs() })
    this.host = host
    this.chance = chance
  }

  get isFull(): boolean {
    return this.capacityBytes < NO_BOUND
  }

  /** Room for `roomBytes` more, and no more; undefined: as much as anybody wants. */
  bound(roomBytes: number | undefined): void {
    this.capacityBytes = roomBytes === undefined ? NO_BOUND : this.usedBytes() + roomBytes
  }

  /** A process begins to use it. */
  attach(): void {
    this.life = this.host.life
  }

  override before(operation: DiskOperation, path: string, bytes = 0): void {
    if (this.life >= 0 && this.life !== this.host.life) throw new ProcessDied()
    super.before(operation, path, bytes)
    if (operation !== 'sync' || this.life < 0) return
    this.onSync(path)
    if (this.life !== this.host.life) throw new ProcessDied()
    // A start syncs many files in one turn: those after the end of the trouble are quick again.
    const isSlow = this.host.localMs < this.slow.untilMs
    this.host.spend((isSlow ? this.slow.syncMs : this.syncMs) * this.chance.float())
  }

  /** The process was killed: what it wrote is there. */
  killed(): void {
    this.life = -1
    this.restartProcess()
  }

  /** The machine lost its power: what was not synced is there in part, or not. */
  cutPower(): void {
    this.life = -1
    this.powerCut(this.chance)
  }
}
