/**
 * The broker under attack: the built `bin/broker.js` as a process of its own, from a copy of the build, so that a build in
 * the middle of a long run does not swap the program under it.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, startNode } from '../compat/support/node.ts'
import { Running } from '../compat/support/process.ts'

export interface Victim {
  readonly engine: Engine
  /** Its log directories. */
  readonly logDirs: readonly string[]
  /** Removes the copy of the build and, unless `keep`, the log directories. */
  dispose(keep?: boolean): void
}

/** Starts a broker with small segments and frequent checkpoints, so that a short run meets rolls and recovery points. */
export async function startVictim(
  root: string,
  properties: Record<string, string> = {},
  directories = 1,
): Promise<Victim> {
  if (!existsSync(join(root, 'dist'))) throw new Error('dist is missing: run npm run build')
  const copy = join(root, 'node_modules', '.cache', `mq-crash-${process.pid}`)
  mkdirSync(copy, { recursive: true })
  for (const folder of ['bin', 'dist', 'package.json'])
    cpSync(join(root, folder), join(copy, folder), { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'mq-crash-dirs-'))
  const logDirs = Array.from({ length: directories }, (_, index) => join(folder, `d${index + 1}`))
  const dispose = (keep = false): void => {
    for (const path of keep ? [copy] : [copy, folder]) rmSync(path, { recursive: true, force: true })
  }
  try {
    const engine = await startNode(
      {
        kind: 'bundled',
        async format() {},
        launch: (file) => new Running(process.execPath, [join(copy, 'bin', 'broker.js'), '--config', file]),
        isReady: () => true,
      },
      '',
      {
        properties: {
          'log.flush.offset.checkpoint.interval.ms': '200',
          'replica.high.watermark.checkpoint.interval.ms': '100',
          'log.initial.task.delay.ms': '50',
          'log.segment.delete.delay.ms': '300',
          'log.cleaner.backoff.ms': '200',
          'log.dirs': logDirs.join(),
          ...properties,
        },
      },
    )
    return { engine, logDirs, dispose }
  } catch (error) {
    dispose()
    throw error
  }
}
