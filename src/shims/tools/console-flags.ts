/** What the tools that write and read records have in common: how they take `--bootstrap-server` and tell unreadable flags. */
import { joptHelp } from '../jopt.ts'
import type { Options } from '../options.ts'
import { type JoptGrammar, type ParseError, type ShimIo, UsageFailure } from '../tool.ts'

/** `host:port,…` with a port each; throws UsageFailure as Kafka's tools word it. */
export function validateBootstrap(options: Options): string {
  const text = options.one('bootstrap-server')
  if (text === undefined || text.trim() === '') throw new UsageFailure('Error while validating the bootstrap address\n')
  const hosts = text.split(',')
  const isGood = hosts.every((host) => /^(?:\w+:\/\/)?(?:\[[0-9a-fA-F:]+\]|[^:[\]\s]+):\d{1,5}$/.test(host.trim()))
  if (!isGood) throw new UsageFailure('Please provide valid host:port like host1:9091,host2:9092\n')
  return text
}

/** Flags that are unknown or lack their argument are told with the help, bad values without. Returns the exit code. */
export function flagsUnreadable(error: ParseError, grammar: JoptGrammar, io: ShimIo): number {
  const isShape = /Unrecognized|MissingRequired/.test(error.javaClass)
  io.stderr(`${error.message}\n${isShape ? joptHelp(grammar) : ''}`)
  return 1
}
