/** `mq smoke`: does this cluster work? Writes, reads, commits and checks on a topic of its own, and removes it. */
import * as Flags from '@oclif/core/flags'
import { SmokeTest } from '../admin/smoke.ts'
import type { Latency } from '../admin/smoke-records.ts'
import type { SmokeResult, SmokeStep } from '../admin/smoke-result.ts'
import { EXIT, UsageError } from '../base/errors.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { durationFlag, integerFlag } from '../cli/flags.ts'
import { type Column, renderTable } from '../output/table.ts'
import { formatDuration } from '../output/units.ts'

const COLUMNS: readonly Column<SmokeStep>[] = [
  { header: 'step', value: (row) => row.step },
  { header: 'result', value: (row) => (row.ok ? 'ok' : 'FAILED') },
  { header: 'time', value: (row) => `${row.durationMs}ms`, align: 'right' },
  {
    header: 'detail',
    value: (row) => (row.error === undefined ? row.detail : `${row.error.code}: ${row.error.message}`),
  },
]

/** How long the removal may take after the test was stopped. */
const CLEAN_UP_MS = 10_000

export default class Smoke extends BaseCommand<SmokeResult> {
  protected static override changesCluster = true
  static override summary = 'Check that the cluster works: write, read, commit, clean up.'
  static override description =
    `Creates a topic of its own, sends records to all its partitions (keys, headers, times) with acks=all, reads them back and
compares each one, looks offsets up, measures single records from sending to reading, commits offsets as a group and reads
them back, reads the topic's settings, and removes topic and group again, also when a step failed or it was interrupted.
Made for CI and for the minute after a change.

Exit code 0: everything holds. 3: a step failed; what was found is in its row. 1: the cluster cannot be reached, or a
permission is missing (the message names it). 5: the deadline passed.`
  static override examples = [
    '<%= config.bin %> smoke',
    '<%= config.bin %> smoke --replication-factor 3 --min-isr 2 --messages 10000',
    '<%= config.bin %> smoke --json --timeout 20s',
    '<%= config.bin %> smoke -b kafka.example.com:9093 --command-config client.properties --prefix team-a-smoke-',
  ]
  static override flags = {
    partitions: integerFlag({
      min: 1,
      max: 1000,
      summary: 'Partitions of the topic; default: one a broker, at least 3.',
    }),
    'replication-factor': integerFlag({ min: 1, max: 100, summary: 'Replicas; default: one a broker, at most 3.' }),
    'min-isr': integerFlag({ min: 1, max: 100, summary: "min.insync.replicas of the topic; default: the cluster's." }),
    messages: integerFlag({ char: 'n', min: 1, max: 10_000_000, default: 1000, summary: 'Records to send.' }),
    prefix: Flags.string({
      default: 'mq-smoke-',
      helpValue: 'TEXT',
      summary: 'How the names of topic and group begin.',
    }),
    timeout: durationFlag({
      env: 'MQ_TIMEOUT',
      default: 60_000,
      helpGroup: 'GLOBAL',
      summary: 'Deadline of the whole test; passed: exit code 5.',
    }),
  }

  private test: SmokeTest | undefined
  private done: SmokeStep[] = []

  override async run(): Promise<SmokeResult> {
    const { flags } = await this.parse(Smoke)
    if (!/^[\w.-]{1,200}$/.test(flags.prefix)) {
      throw new UsageError('--prefix takes letters, digits, dots, dashes and underscores, 200 at most')
    }
    const client = await this.connect()
    const progress = await this.progress('create')
    const test = new SmokeTest(client, {
      prefix: flags.prefix,
      partitions: flags.partitions,
      replicationFactor: flags['replication-factor'],
      minIsr: flags['min-isr'],
      messages: flags.messages,
      onStep: (step) => {
        this.done.push(step)
        progress.update(`after ${step.step}`)
      },
    })
    this.test = test
    this.defer(() => this.cleanUpAfter(test), CLEAN_UP_MS)
    let result: SmokeResult
    try {
      result = await test.run()
    } finally {
      progress.stop()
    }
    // Stopped from outside: what there is to say is said where the command ends.
    if (this.aborter.signal.aborted) return result
    this.say(renderTable(COLUMNS, result.steps))
    this.say()
    if (result.ok) {
      this.say(`ok in ${formatDuration(result.durationMs)}: ${this.latencies(result)}`)
    } else {
      this.say(
        `FAILED: ${result.steps.flatMap(({ ok, step, error }) => (ok ? [] : `${step}: ${error?.message}`)).join('; ')}`,
      )
      for (const { error } of result.steps) if (error?.hint !== undefined) this.note(`hint: ${error.hint}`)
      this.finishWith(EXIT.finding)
    }
    return result
  }

  private latencies({ produceLatencyMs, endToEndLatencyMs }: SmokeResult): string {
    const text = (latency: Latency | null) =>
      latency === null ? 'not measured' : `p50 ${latency.p50}ms, p99 ${latency.p99}ms, max ${latency.max}ms`
    return `acknowledged ${text(produceLatencyMs)}; read ${text(endToEndLatencyMs)}`
  }

  /** Stopped in the middle: the topic goes all the same, or the user is told how. */
  private async cleanUpAfter(test: SmokeTest): Promise<void> {
    if (!test.leavesSomething) return
    const tell = () => this.warning(`topic ${test.topic} may be left: mq topics delete ${test.topic} --yes`)
    const late = setTimeout(tell, CLEAN_UP_MS - 500)
    try {
      await test.cleanUp()
    } catch {
      // Said below, since this is what the user has to do then.
    }
    clearTimeout(late)
    if (test.leavesSomething) tell()
  }

  protected override deadlineMessage(timeoutMs: number): string {
    const last = this.done.at(-1)?.step
    return `not finished after ${formatDuration(timeoutMs)}; ${last === undefined ? 'no step was done' : `the last step done was ${last}`}`
  }

  protected override interruptMessage(): string {
    return 'interrupted; what the test made is removed'
  }
}
