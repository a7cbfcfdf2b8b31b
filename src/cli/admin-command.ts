/**
 * A command about several things (topics, groups, keys): items that failed are told on stderr, one line each with its
 * hint, and make the command fail at its end; under `--json` their rows carry the error instead.
 */
import { EXIT } from '../base/errors.ts'
import { colours } from '../output/colours.ts'
import { BaseCommand } from './base-command.ts'

export interface ItemFailure {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

export abstract class AdminCommand<R = unknown> extends BaseCommand<R> {
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
