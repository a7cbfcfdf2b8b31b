/**
 * `mq complete KIND PREFIX -- WORDS…`: what the completion scripts ask. One candidate a line; silent, with exit code 0,
 * when there is nothing to say, the cluster cannot be reached, or it takes longer than a person would wait.
 */
import { Command } from '@oclif/core/command'
import { connectionOf, localValues } from '../cli/complete-values.ts'
import type { LiveKind } from '../cli/completion-kinds.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { writeOut } from '../output/stdout.ts'

/** From the start of the process, ms; a machine that was slow to start it gets the rest of the minimum. */
const LIMIT_MS = 290
export const limits = { leastMs: 120 }
const MOST = 2000

export default class Complete extends Command {
  static override hidden = true
  static override strict = false
  static override summary = 'Candidates for the completion scripts.'

  private client: ClusterClient | undefined

  override async run(): Promise<void> {
    // The words after -- are a line that is still being typed: nothing of it is parsed, and that is no oversight.
    this.parsed = true
    const timer = setTimeout(() => process.exit(0), Math.max(limits.leastMs, LIMIT_MS - performance.now()))
    const [kind = '', typed = '', , ...words] = this.argv
    // Of --flag=value the shells pass the value, or the whole word.
    const prefix = typed.replace(/^--[\w-]+=/, '')
    try {
      const values = localValues(kind as LiveKind, prefix, words) ?? (await this.ask(kind, prefix, words))
      const found = values.filter((value) => value.startsWith(prefix) && !/[\r\n]/.test(value)).sort()
      await writeOut(
        found
          .slice(0, MOST)
          .map((value) => `${value}\n`)
          .join(''),
      )
    } catch {
      // Whoever presses a key for candidates wants candidates, and no message into the line.
    }
    clearTimeout(timer)
    this.client?.close()
  }

  private async ask(kind: string, prefix: string, words: readonly string[]): Promise<string[]> {
    const { ClusterClient } = await import('../client/cluster-client.ts')
    const { options } = connectionOf(words)
    this.client = await ClusterClient.connect(options)
    return namesOf(this.client, kind, prefix)
  }
}

async function namesOf(client: ClusterClient, kind: string, prefix: string): Promise<string[]> {
  if (kind === 'groups') {
    const { listGroups } = await import('../admin/group-list.ts')
    return (await listGroups(client)).groups.map((row) => row.group)
  }
  if (kind === 'topics') {
    const { topics } = await client.metadata(null)
    // Kafka's own topics only where they are asked for.
    return topics.filter((topic) => !topic.isInternal || prefix.startsWith('_')).map((topic) => topic.name ?? '')
  }
  if (kind !== 'brokers') return []
  const { brokers } = await client.metadata()
  return brokers.map((broker) => String(broker.id))
}
