/**
 * What to say to a command that does not exist: the nearest ones, or what the noun can do, or that an existing command
 * takes no such argument. Pure; the hook and the help print it.
 */
import { UsageError } from '../base/errors.ts'
import { similarText } from '../base/similar.ts'

/** `typed` is oclif's id of what was typed (`topics:lst`), `ids` are the commands there are. */
export function unknownCommand(typed: string, ids: readonly string[]): UsageError {
  const words = typed.split(':').filter((word) => word !== '')
  const shown = words.join(' ')
  if (shown.startsWith('-')) return new UsageError(`unknown flag ${shown}`, 'mq --help lists the commands')
  if (shown === 'version') return new UsageError('there is no command mq version', 'mq --version says it')
  const existing = longestPrefix(words, (id) => ids.includes(id))
  if (existing !== undefined) {
    const extra = words.slice(existing.split(':').length).join(' ')
    const command = existing.replaceAll(':', ' ')
    return new UsageError(`mq ${command} takes no argument "${extra}"`, `mq ${command} --help shows what it takes`)
  }
  const near = nearest(words, ids)
  const noun = longestPrefix(words, (prefix) => ids.some((id) => id.startsWith(`${prefix}:`)))
  if (near !== undefined) return new UsageError(`there is no command mq ${shown}`, `mq ${near.replaceAll(':', ' ')}?`)
  if (noun !== undefined) {
    const verbs = ids.filter((id) => id.startsWith(`${noun}:`)).map((id) => id.slice(noun.length + 1))
    return new UsageError(`there is no command mq ${shown}`, `mq ${noun} has ${verbs.sort().join(', ')}`)
  }
  return new UsageError(`there is no command mq ${shown}`, 'mq --help lists the commands')
}

/** The command that the words, or the first of them, come near to. */
function nearest(words: readonly string[], ids: readonly string[]): string | undefined {
  for (let length = words.length; length > 0; length--) {
    const near = similarText(words.slice(0, length).join(':'), ids)
    if (near !== undefined) return near
  }
  return undefined
}

function longestPrefix(words: readonly string[], exists: (id: string) => boolean): string | undefined {
  for (let length = words.length; length > 0; length--) {
    const id = words.slice(0, length).join(':')
    if (exists(id)) return id
  }
  return undefined
}
