/**
 * A command about several things (topics, groups, keys): items that failed are told on stderr, one line each with its
 * hint, and make the command fail at its end; under `--json` their rows carry the error instead.
 */
import { EXIT } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { colours } from '../output/colours.ts'
import { BaseCommand } from './base-command.ts'

export interface ItemFailure {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/** What takes the cluster's lock around `work`. */
export type WhileAlone = <T>(
  client: ClusterClient,
  hooks: { readonly work: string; readonly warn: (text: string) => void; readonly takeMs?: number },
  work: () => Promise<T>,
) => Promise<T>

export abstract class AdminCommand<R = unknown> extends BaseCommand<R> {
  /**
   * Does `work` by `whileAlone` of the operations, while nobody else works on the cluster, from this machine or another; refused
   * (exit 4) while somebody does. `takeMs`: how long the cluster's lock is waited for before the work goes on without.
   */
  protected async alone<T>(
    whileAlone: WhileAlone,
    work: () => Promise<T>,
    options: { readonly takeMs?: number } = {},
  ): Promise<T> {
    const hooks = { work: `mq ${this.typedId}`, warn: (text: string) => this.warning(text), ...options }
    const ended = whileAlone(await this.connect(), hooks, work)
    this.giveBack(ended)
    return ended
  }

  /** Whoever is interrupted gives the lock back, or the next one would wait until the cluster has missed this one. */
  protected giveBack(ended: Promise<unknown>): void {
    const nothing = () => {}
    this.defer(() => ended.then(nothing, nothing))
  }

  /** Reports the items that have an error; the command then ends with exit code 1. */
  protected reportItems(items: readonly { readonly name: string; readonly error?: ItemFailure | undefined }[]): void {
    const failed = items.filter((item) => item.error !== undefined)
    if (failed.length === 0) return
    this.finishWith(EXIT.failed)
    if (this.jsonEnabled()) return
    for (const { name, error } of failed) {
      const message = error!.message.includes(name) ? error!.message : `${name}: ${error!.message}`
      process.stderr.write(`${colours.error('error:')} ${message}\n`)
      if (error!.hint !== undefined) process.stderr.write(`hint: ${error!.hint}\n`)
    }
  }
}
