/**
 * As compare.ts, for the tools that carry records and look at a node: with standard input, files of the node, and figures that no two
 * runs share.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kafkaTool, type Tool } from '../support/apache-kafka.ts'
import { repositoryRoot } from '../support/peers.ts'
import { type Finished, run } from '../support/process.ts'
import type { ToolRunner } from '../support/tool-runner.ts'
import { normalised } from './compare.ts'

export interface NodePlace {
  readonly bootstrap: string
  readonly folder: string
  readonly dataDir: string
}

const ACTION_LAST = /^kafka-(metadata-quorum|features)$/
const MEASURED = /perf-test$/

let files = 0

interface Invocation {
  readonly tool: Tool
  readonly words: string[]
  readonly stdin: string
}

/** A line as one of the two sides runs it. */
function invocation(line: string, prefix: string, place: NodePlace): Invocation {
  const words = line
    .replace(/^!/, '')
    .split(' ')
    .filter((word) => word !== '')
  const unescaped = (text: string) => text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\r', '\r')
  const stdin = unescaped(/^\{stdin:(.*)\}$/.exec(words[0] ?? '')?.[1] ?? '')
  if (words[0]?.startsWith('{stdin:') === true) words.shift()
  const tool = words.shift() as Tool
  const address = words[0] === '-' ? [] : ['--bootstrap-server', place.bootstrap]
  if (words[0] === '-') words.shift()
  const given = words.map((word) => {
    if (word === '{none}') return join(place.folder, 'no-such-file')
    const content = /^\{file:(.*)\}$/.exec(word)?.[1]
    if (content === undefined) return word.replaceAll('@', prefix).replace('{data}', place.dataDir)
    const path = join(place.folder, `arg-${prefix}${files++}`)
    writeFileSync(path, unescaped(content.replaceAll('@', prefix).replaceAll('~', ' ')))
    return path
  })
  return { tool, stdin, words: ACTION_LAST.test(tool) ? [...address, ...given] : [...given, ...address] }
}

/** A line of JSON with its fields in one order: Java's is that of its reflection, which differs from JVM to JVM. */
function sortedFields(line: string): string {
  if (!/^\{.*\}$/.test(line)) return line
  try {
    const fields = Object.entries(JSON.parse(line) as object)
    return JSON.stringify(Object.fromEntries(fields.sort(([one], [other]) => (one < other ? -1 : 1))))
  } catch {
    // No JSON: it is compared as it is.
    return line
  }
}

/** Takes out what two runs cannot share, beside what compare.ts takes out. */
function plain(tool: string, text: string, isError: boolean): string {
  let rest = normalised(tool, text, isError)
    .split('\n')
    .map(sortedFields)
    .join('\n')
    .replace(/"timestamp":\w+/g, '"timestamp":T')
    .replace(/"avg_throughput":[\d.E-]+/g, '"avg_throughput":N')
    .replace(/(CreateTime|LogAppendTime):\w+/g, '$1:T')
    .replace(/(Epoch|HighWatermark): +\d+/g, '$1: N')
    .replace(/^(Error occurred: *)?(exit)?$/gm, '')
    .replace(/^This tool .*\n?/gm, '')
  if (tool === 'kafka-metadata-quorum' && !isError) rest = rest.replace(/\b\d{2,} *|TIME *|-+/g, 'N ')
  if (MEASURED.test(tool) && !isError)
    rest = rest
      .replace(
        /^\d+ records sent, [\d.]+ records\/sec \([\d.]+ MB\/sec\), [\d.]+ ms avg latency, [\d.]+ ms max latency\.\n/gm,
        '',
      )
      .replace(/\d+(\.\d+)?/g, 'N')
  if (/^\S+: error:/m.test(rest) || rest.includes('usage: ')) {
    rest = rest
      .replace(/usage:[\s\S]*?\n?(?=\S+: *error:|$)/, '')
      .replace(/Did you mean:[\s\S]*/, '')
      .replace(/\s+/g, '')
  }
  return rest
    .split('\n')
    .filter((one) => one.trim() !== '')
    .sort()
    .join('\n')
}

/** Both sides of one line, as text. */
export async function dataOutcomes(
  runner: ToolRunner,
  line: string,
  place: NodePlace,
): Promise<{ theirs: string; ours: string }> {
  // The sentences of a help are each side's own.
  const isHelp = / --help$/.test(line)
  const told = (tool: string, done: Finished) =>
    [
      `exit ${done.code}`,
      '-- stdout',
      isHelp ? 'HELP' : plain(tool, done.stdout.replaceAll(/java-|shim-/g, '@'), false),
      '-- stderr',
      isHelp ? 'HELP' : plain(tool, done.stderr.replaceAll(/java-|shim-/g, '@'), true),
    ].join('\n')
  const java = invocation(line, 'java-', place)
  const theirs = line.startsWith('!')
    ? await kafkaTool(java.tool, java.words, { input: java.stdin })
    : await runner.run(java.tool, java.words, java.stdin)
  const shim = invocation(line, 'shim-', place)
  const entry = join(repositoryRoot, 'bin', 'shim.cjs')
  const ours = await run(process.execPath, [entry, shim.tool, ...shim.words], { input: shim.stdin })
  return { theirs: told(java.tool, theirs), ours: told(shim.tool, ours) }
}
