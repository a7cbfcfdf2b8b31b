/** Where mq keeps what it must remember on this machine: `$MQ_HOME`, by default `~/.mq`. Creates nothing. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export function mqHome(): string {
  const fromEnvironment = process.env.MQ_HOME
  return fromEnvironment === undefined || fromEnvironment === '' ? join(homedir(), '.mq') : resolve(fromEnvironment)
}
