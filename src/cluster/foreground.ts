/**
 * One node in the foreground, for service managers and containers: the broker runs in this process, says what it has to
 * say here, and ends with SIGTERM or SIGINT. Nothing is recorded: whoever started it looks after it.
 */
import { pathToFileURL } from 'node:url'

/** Hands this process to the broker's program with its own arguments; resolves when the node has stopped. */
export async function runForeground(options: {
  program: string
  configFile: string | undefined
  overrides: Readonly<Record<string, string>>
}): Promise<void> {
  await import(pathToFileURL(options.program).href)
}
