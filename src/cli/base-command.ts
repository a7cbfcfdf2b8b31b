/**
 * A command that talks to a cluster: the connection flags, and `connect()`, which gives the one client of the command
 * and closes it at the end. Order of sources: flag, environment (in the flag), `-X`, the config file, and with none of
 * them the local cluster that `mq broker start` made.
 */
import type { Interfaces } from '@oclif/core'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { ClientOptions } from '../client/options.ts'
import { connectionFlags, pairsToRecord, type Pair } from './flags.ts'
import { type ArgValues, type FlagValues, MqCommand } from './mq-command.ts'

interface ConnectionFlagValues {
  'bootstrap-server'?: string | undefined
  'bootstrap-controller'?: string | undefined
  'command-config'?: string | undefined
  property?: Pair[] | undefined
  name?: string | undefined
}

export abstract class BaseCommand<R = unknown> extends MqCommand<R> {
  static override baseFlags = { ...MqCommand.baseFlags, ...connectionFlags }

  private connectionValues: ConnectionFlagValues = {}
  private typedFlags: ReadonlySet<string> = new Set()
  private client: Promise<ClusterClient> | undefined

  protected override async parse<F extends FlagValues, B extends FlagValues, A extends ArgValues>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv)
    const flags: FlagValues = parsed.flags
    this.connectionValues = flags
    this.typedFlags = new Set(parsed.raw.flatMap((token) => (token.type === 'flag' ? [token.flag] : [])))
    return parsed
  }

  /** The client of this command, connected on first use. Fails with exit 1 and a hint when nothing answers. */
  protected connect(): Promise<ClusterClient> {
    this.client ??= this.open()
    return this.client
  }

  /** What the flags, the file and the local registry say about the connection, resolved; connects to nothing. */
  protected async clientOptions(): Promise<ClientOptions> {
    const { resolveConnection } = await import('./connection.ts')
    const flags = this.connectionValues
    return resolveConnection({
      bootstrapServer: flags['bootstrap-server'],
      bootstrapController: flags['bootstrap-controller'],
      configFile: flags['command-config'],
      properties: pairsToRecord(flags.property),
      clusterName: flags.name,
      typed: (flag) => this.typedFlags.has(flag),
    })
  }

  private async open(): Promise<ClusterClient> {
    const options = await this.clientOptions()
    const { ClusterClient } = await import('../client/cluster-client.ts')
    const client = await ClusterClient.connect(options)
    this.defer(() => client.close())
    return client
  }
}
