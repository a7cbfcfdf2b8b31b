/**
 * Runs one stand-in to its end: parses its flags, answers --help and --version, does the work, and tells what went wrong as
 * the original does. Also what `mq shims run` and tests call; it ends no process and owns no signal.
 */
import { argparseHelp, parseArgparse } from './argparse.ts'
import { tellFailure } from './failures.ts'
import { joptHelp, parseJopt } from './jopt.ts'
import { tools } from './registry.ts'
import { replacementOf } from './removed-flags.ts'
import { KAFKA_VERSION } from './release.ts'
import { type Grammar, ParseError, type ShimIo, type Tool, ToolExit, UsageFailure } from './tool.ts'
import type { Options } from './options.ts'

/** Runs the tool of that name; returns its exit code. */
export async function runShim(name: string, argv: readonly string[], io: ShimIo): Promise<number> {
  if (name === 'kafka-run-class') return (await import('./run-class.ts')).runClass(argv, io, runShim)
  const load = tools[name]
  if (load === undefined) {
    const why = Object.hasOwn(tools, name) ? 'is not there yet' : 'is none of the tools that mq stands in for'
    io.stderr(`${name}: this tool ${why}; see docs/shims.md\n`)
    return 1
  }
  return runTool(await load(), argv, io)
}

/** The same for a tool at hand. */
export async function runTool(tool: Tool, argv: readonly string[], io: ShimIo): Promise<number> {
  try {
    const options = parseFlags(tool.grammar, argv)
    return await tool.run(options, io)
  } catch (error) {
    const code = tellError(tool, error, io)
    const unknown = error instanceof ToolExit || error instanceof ParseError ? error.unknownFlag : undefined
    const replacement = unknown === undefined ? undefined : replacementOf(tool.name, unknown)
    if (replacement !== undefined) io.stderr(`${endsOpen(error) ? '\n' : ''}${replacement}\n`)
    return code
  }
}

/** Whether what was told on stderr has no end of line, as some tools of Kafka leave it. */
const endsOpen = (error: unknown) => error instanceof ToolExit && error.out.stderr?.endsWith('\n') === false

/** Tells what the tool's run or the reading of its flags threw; returns the exit code. */
function tellError(tool: Tool, error: unknown, io: ShimIo): number {
  if (error instanceof ToolExit) {
    if (error.out.stdout !== undefined) io.stdout(error.out.stdout)
    if (error.out.stderr !== undefined) io.stderr(error.out.stderr)
    return error.code
  }
  if (error instanceof UsageFailure) {
    const help = tool.grammar.kind === 'jopt' ? joptHelp(tool.grammar) : argparseHelp(tool.grammar)
    io.stderr(`${error.message}\n${help}`)
    return 1
  }
  if (error instanceof ParseError && tool.parseFailed !== undefined) return tool.parseFailed(error, io)
  if (error instanceof ParseError || tool.failed === undefined) return tellFailure(error, io)
  return tool.failed(error, io)
}

/** Throws ToolExit for --help and --version, ParseError and UsageFailure for flags that cannot be used. */
function parseFlags(grammar: Grammar, argv: readonly string[]): Options {
  if (grammar.kind === 'argparse') return parseArgparse(grammar, argv)
  const options = parseJopt(grammar, argv)
  if (argv.length === 0 && grammar.emptyRuns !== true) throw new UsageFailure(grammar.emptyPurpose ?? grammar.purpose)
  if (options.has('help')) throw new UsageFailure(grammar.purpose)
  if (options.has('version')) throw new ToolExit(0, { stdout: `${KAFKA_VERSION}\n` })
  return options
}
