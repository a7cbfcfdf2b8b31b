/**
 * Writes Kafka's tool names into a directory, with and without `.sh`: each a script of three lines that runs the stand-in with
 * this Node, so that they work where PATH is empty, as in cron. Files that are not of this kind are left alone.
 */
import { chmodSync, readFileSync, renameSync, rmSync, lstatSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { MqError, RefusedError } from '../base/errors.ts'
import { makeDirectory } from '../platform/make-directory.ts'
import { EXTRA_CA_CERTS } from '../platform/extra-certificates.ts'
import { toolNames } from './tool-names.ts'

export interface InstallOptions {
  readonly directory: string
  /** The program that runs the entry. */
  readonly node: string
  /** `bin/shim.cjs` of this package. */
  readonly entry: string
  /** Replace files that something else wrote. */
  readonly force: boolean
}

export interface InstalledShims {
  /** Absolute. */
  directory: string
  tools: string[]
  /** Names of the files that were written. */
  files: string[]
}

const MARK = '# written by mq shims install'

/** Writes all files or, where one belongs to something else, none. Throws RefusedError, MqError. */
export function installShims(options: InstallOptions): InstalledShims {
  const directory = resolve(options.directory)
  const files = toolNames.flatMap((tool) => [
    { tool, name: tool },
    { tool, name: `${tool}.sh` },
  ])
  const foreign = options.force ? [] : files.filter(({ name }) => isForeign(join(directory, name)))
  if (foreign.length > 0) {
    const names = foreign.map(({ name }) => name)
    const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
    throw new RefusedError(
      `${directory} has ${shown}, which mq did not write; nothing was written`,
      'take another directory, or add --force to replace them',
    )
  }
  const blocked = files.find(({ name }) => isDirectory(join(directory, name)))
  if (blocked !== undefined)
    throw new RefusedError(
      `${directory} has a directory ${blocked.name}; nothing was written`,
      'take another directory',
    )
  try {
    makeDirectory(directory)
    for (const { tool, name } of files) replace(join(directory, name), scriptOf(tool, options))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = WHY[code ?? '']
    throw new MqError(
      'MQ_FILE',
      `cannot write to ${directory}: ${why === undefined ? (code ?? message) : `${why} (${code})`}`,
    )
  }
  return { directory, tools: [...toolNames], files: files.map(({ name }) => name) }
}

/** What stands in the way, in words. */
const WHY: Readonly<Record<string, string>> = {
  EEXIST: 'it is no directory',
  ENOTDIR: 'a part of the path is no directory',
  ENOENT: 'it is not there and cannot be made',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
}

function isDirectory(path: string): boolean {
  try {
    return lstatSync(path).isDirectory()
  } catch {
    // What cannot be looked at is told when it is written.
    return false
  }
}

function isForeign(path: string): boolean {
  try {
    return !readFileSync(path, 'utf8').includes(MARK)
  } catch (error) {
    // What is not there is in nobody's way; anything else that cannot be read is not ours.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'ENOTDIR'
  }
}

function scriptOf(tool: string, { node, entry }: InstallOptions): string {
  const run = `exec ${quoted(node)} ${quoted(entry)} ${tool} "$@"`
  return ['#!/bin/sh', MARK, ...WITHOUT_EXTRA_CERTIFICATES, run, ''].join('\n')
}

/** Node would read that file before anything else, and few tools need it (src/platform/extra-certificates.ts). */
const WITHOUT_EXTRA_CERTIFICATES = [
  `if [ -n "\${NODE_EXTRA_CA_CERTS-}" ]; then`,
  `  ${EXTRA_CA_CERTS}=$NODE_EXTRA_CA_CERTS`,
  `  export ${EXTRA_CA_CERTS}`,
  '  unset NODE_EXTRA_CA_CERTS',
  'fi',
]

const quoted = (path: string) => `'${path.replaceAll("'", "'\\''")}'`

const EXECUTABLE = 0o755

/** Whole at once: a tool that is started meanwhile finds the old script or the new one. */
function replace(path: string, text: string): void {
  const next = `${path}.${process.pid}`
  try {
    writeFileSync(next, text)
    chmodSync(next, EXECUTABLE)
    renameSync(next, path)
  } catch (error) {
    rmSync(next, { force: true })
    throw error
  }
}

/** The line that puts a directory before the others on PATH, to be pasted into a shell. */
export function exportLine(directory: string): string {
  return /^[\w./@%+=,-]+$/.test(directory)
    ? `export PATH=${directory}:$PATH`
    : `export PATH=${quoted(directory)}":$PATH"`
}
