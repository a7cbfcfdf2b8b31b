/**
 * Shell completion scripts from the command tree. Commands, flags and fixed choices stand in the script and cost nothing;
 * names that only a cluster or this machine knows (topics, groups, brokers, profiles, settings) are asked of the hidden
 * `mq complete`, which answers fast or not at all.
 */
import { bashScript } from './completion-bash.ts'
import { fishScript } from './completion-fish.ts'
import type { Values } from './completion-kinds.ts'
import { zshScript } from './completion-zsh.ts'

export interface CompletionFlag {
  readonly name: string
  readonly char: string | undefined
  readonly summary: string
  /** What its value can be; undefined: it takes none. */
  readonly values: Values | undefined
}

export interface CompletionCommand {
  /** `broker start`. */
  readonly path: string
  readonly summary: string
  readonly flags: readonly CompletionFlag[]
  /** What its arguments can be. */
  readonly args: Values
}

export type Shell = 'bash' | 'zsh' | 'fish'
export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish']

/** The script for one shell. */
export function completionScript(shell: Shell, bin: string, commands: readonly CompletionCommand[]): string {
  const sorted = [...commands].sort((a, b) => (a.path < b.path ? -1 : 1))
  const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }
  return scripts[shell](bin, sorted)
}
