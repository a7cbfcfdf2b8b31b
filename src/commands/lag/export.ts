/** `mq lag export`: lag for Prometheus, under the names that dashboards and alert rules know. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as Flags from '@oclif/core/flags'
import { LagExporter } from '../../admin/lag/exporter.ts'
import { LagProbe } from '../../admin/lag/probe.ts'
import { parseScope } from '../../admin/partitions.ts'
import { EXIT, UsageError } from '../../base/errors.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { optionalArgs } from '../../cli/flags.ts'
import { groupFilter } from '../../cli/group-flags.ts'
import { intervalFlag, lagSelectionFlags, windowFlag, windowShape } from '../../cli/lag-flags.ts'
import { parseMetricsAddress } from '../../config/metrics-address.ts'
import { writeOut } from '../../output/stdout.ts'
import { formatTime } from '../../output/units.ts'
import { NodeHttp } from '../../platform/node-http.ts'

export interface LagExportResult {
  host: string
  port: number
  url: string
}

export default class LagExport extends BaseCommand<undefined> {
  protected static override changesCluster = false
  static override summary = 'Serve the lag of groups to Prometheus.'
  static override description =
    'Looks every --interval and answers at /metrics with the names of kafka_exporter (kafka_consumergroup_lag), those of ' +
    'handbooks (kafka_consumer_group_lag, kafka_consumer_lag_sum, kafka_consumer_records_lag), and mq_lag_* for time lag, ' +
    'rates and status. While the cluster cannot be asked a scrape fails with 503, so that up is 0 and no alert rests on old ' +
    'numbers. /health/live and /health/ready are for probes. There is no authentication: the default address is the loopback ' +
    'one. --once prints one look to stdout and ends, for the textfile collector.'
  static override examples = [
    '<%= config.bin %> lag export',
    '<%= config.bin %> lag export --port 0.0.0.0:9308 --interval 15s',
    {
      description: 'from cron',
      command: '<%= config.bin %> lag export --once > /var/lib/node_exporter/kafka_lag.prom',
    },
  ]
  static override args = { group: optionalArgs('Names of the groups; none: all.') }
  static override flags = {
    port: Flags.string({
      env: 'MQ_LAG_PORT',
      helpValue: '[HOST:]PORT',
      default: '9308',
      summary: 'Where to listen; 0 takes a free one.',
    }),
    once: Flags.boolean({ summary: 'Print one look and end; rates and status need several.' }),
    ...lagSelectionFlags,
    interval: intervalFlag('10s'),
    window: windowFlag('2m'),
  }

  override async run(): Promise<undefined> {
    const { args, flags } = await this.parse(LagExport)
    const filter = groupFilter(flags, args.group)
    const shape = windowShape(flags.window ?? 120_000, flags.interval ?? 10_000)
    const address = parseMetricsAddress(flags.port)
    if (address === undefined) throw new UsageError('--port cannot be off', 'give a port, or HOST:PORT')
    if (flags.once === true && this.jsonEnabled()) {
      throw new UsageError('--once prints what Prometheus reads, not JSON', 'mq lag show --json prints JSON')
    }
    const scopes = flags.topic?.map(parseScope)
    const probe = new LagProbe({
      client: await this.clientOptions(),
      selection: { names: args.group, ...filter, scopes },
      window: shape,
      once: flags.once === true,
      nowMs: Date.now,
    })
    this.defer(() => probe.close())
    const exporter = new LagExporter({
      source: probe,
      scopes,
      intervalMs: shape.intervalMs,
      nowMs: () => performance.now(),
      onChange: (error) => {
        // At the end the connections are closed under the last look.
        if (this.aborter.signal.aborted) return
        const what = error === undefined ? 'the cluster answers again' : `cannot ask the cluster: ${error.message}`
        this.note(`${formatTime(Date.now())} ${what}`)
      },
    })
    if (flags.once === true) await this.once(exporter)
    else await this.serve(exporter, address, shape.intervalMs)
    return undefined
  }

  private async once(exporter: LagExporter): Promise<void> {
    const { errors, unreadable } = await exporter.lookOnce()
    for (const piece of exporter.text()) await writeOut(piece)
    for (const { group, error } of unreadable) this.note(`${group}: ${error.message}`)
    for (const { error } of errors) this.note(error.message)
    if (unreadable.length + errors.length > 0) this.finishWith(EXIT.failed)
  }

  private async serve(
    exporter: LagExporter,
    address: { readonly host: string; readonly port: number },
    intervalMs: number,
  ): Promise<void> {
    const listening = await new NodeHttp().listen(address, exporter.answer)
    this.defer(() => listening.close())
    const { host, port } = listening
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`
    // The first look comes before the word that it serves: a wrong address ends the command.
    await exporter.lookOnce()
    const served: LagExportResult = { host, port, url }
    if (this.jsonEnabled()) this.logJson(served)
    else this.say(url)
    this.note(`serving the lag of groups, looked at every ${Math.round(intervalMs / 100) / 10}s; Ctrl-C ends it`)
    for (;;) {
      await sleep(intervalMs, undefined, { signal: this.aborter.signal })
      await exporter.look()
    }
  }
}
