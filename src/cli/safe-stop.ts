/**
 * A command that carries out an operation in steps: the first interrupt lets it go on to its next safe point, the second
 * one ends the process, which the operation's journal survives.
 */
import { formatDuration } from '../output/units.ts'
import { AdminCommand } from './admin-command.ts'
import { InterruptedError } from './failure.ts'

/** What the engine's control offers to the outside. */
export interface Stoppable {
  request(reason: string): void
  abandon(): void
}

export abstract class SafeStopCommand<R = unknown> extends AdminCommand<R> {
  private stoppable: Stoppable | undefined
  private isStopping = false

  /** While `work` runs, one interrupt only asks it to stop. */
  protected async stopSafely<T>(control: Stoppable, work: () => Promise<T>): Promise<T> {
    this.stoppable = control
    try {
      return await work()
    } finally {
      this.stoppable = undefined
    }
  }

  protected override deadlineMessage(timeoutMs: number): string {
    if (this.stoppable === undefined) return super.deadlineMessage(timeoutMs)
    return `not finished after ${formatDuration(timeoutMs)}; what was begun goes on in the cluster, and resume goes on with it`
  }

  protected override stop(reason: Error): void {
    if (this.stoppable !== undefined && reason instanceof InterruptedError && !this.isStopping) {
      this.isStopping = true
      this.stoppable.request('interrupted')
      this.note('stopping at the next safe point; interrupt again to stop at once')
      return
    }
    this.stoppable?.abandon()
    super.stop(reason)
  }
}
