/**
 * One look of each command that looks at the lag of groups, and several looks of the one that goes on: time, and the most memory that
 * the process had resident, as the kernel tells it at its end.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchNode } from './engines.ts'
import { best, type Figure } from './figures.ts'
import { mqProgram } from './timing.ts'

/** No such process may take more. */
const MEMORY_MB = 150

const LOOKS: readonly { readonly what: string; readonly args: readonly string[]; readonly timed?: boolean }[] = [
  { what: '`mq lag show`', args: ['show'], timed: false },
  { what: '`mq lag check --max-lag`', args: ['check', '--max-lag', '1000000000'] },
  { what: '`mq lag watch`, one look', args: ['watch', '--count', '1'] },
  { what: '`mq lag watch`, 20 looks', args: ['watch', '--count', '20', '--interval', '500ms'], timed: false },
  { what: '`mq lag export --once`', args: ['export', '--once'] },
]

/** Rows for these groups; `tool` are the times of Kafka's own in ms, which knows one kind of look. */
export function lagLooks(node: BenchNode, groups: string, tool: readonly number[], rounds: number): Figure[] {
  return LOOKS.flatMap(({ what, args, timed }): Figure[] => {
    const runs = Array.from({ length: timed === false ? 1 : rounds }, () => measured(node, args))
    const memory = `${what} of ${groups}: highest resident memory`
    const inMemory = { part: 'lag', unit: 'MB', against: 'limit', goal: MEMORY_MB, what: memory } as const
    // Of memory the worst round counts.
    const figure = best(inMemory, [Math.max(...runs.map(({ megabytes }) => megabytes))])
    if (timed === false) return [figure]
    const inTime = { part: 'lag', unit: 'ms', goal: 10, what: `${what} of ${groups} beside the same tool` }
    return [
      best(
        inTime,
        runs.map(({ ms }) => ms),
        tool,
      ),
      figure,
    ]
  })
}

function measured(node: BenchNode, args: readonly string[]): { ms: number; megabytes: number } {
  const told = join(node.folder, 'most-memory')
  const hook = join(node.folder, 'tell-memory.cjs')
  const tell = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(told)}, String(process.resourceUsage().maxRSS)))`
  writeFileSync(hook, tell)
  const startedAt = performance.now()
  const command = ['--require', hook, mqProgram(), 'lag', ...args, '-b', node.bootstrap]
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 1 << 29 })
  const ms = performance.now() - startedAt
  if (status !== 0) throw new Error(`mq lag ${args.join(' ')} ended with ${status}\n${stderr}`)
  return { ms, megabytes: (Number(readFileSync(told, 'utf8')) * 1024) / 1e6 }
}
