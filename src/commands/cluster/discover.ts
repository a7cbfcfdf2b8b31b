/** `mq cluster discover`: writes a first inventory file. */
import { existsSync, writeFileSync } from 'node:fs'
import * as Flags from '@oclif/core/flags'
import { discover, type Inventory } from '../../admin/discover.ts'
import { MqError } from '../../base/errors.ts'
import { runningClusters } from '../../cluster/registry.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { yesFlag } from '../../cli/flags.ts'

export default class ClusterDiscover extends AdminCommand<Inventory> {
  protected static override changesCluster = false
  static override summary = 'Write an inventory of the cluster: nodes, roles, racks, listeners, versions.'
  static override description =
    'YAML on stdout, or into --output; what later work on the whole cluster starts from. It holds what the nodes say of ' +
    'themselves. What cannot be seen from outside is null, to be filled in: driver (local, systemd, hooks or ' +
    "kubernetes) and config (the path of a node's server.properties); for a cluster of mq broker start they are known. " +
    'version is the Kafka release whose feature levels a node supports.'
  static override examples = [
    '<%= config.bin %> cluster discover',
    '<%= config.bin %> cluster discover -b broker-1:9092 --output mq.yaml',
  ]
  static override flags = {
    output: Flags.string({ char: 'o', helpValue: 'FILE', summary: 'Write there; asks before it replaces a file.' }),
    yes: yesFlag,
  }

  override async run(): Promise<Inventory> {
    const { flags } = await this.parse(ClusterDiscover)
    const inventory = withLocal(await discover(await this.connect()))
    const text = await inventoryYaml(inventory)
    const path = flags.output
    if (path === undefined) this.say(text.trimEnd())
    else {
      if (existsSync(path)) await this.confirm(`${path} exists. Replace it?`, { yes: flags.yes })
      try {
        writeFileSync(path, text)
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        throw new MqError('MQ_OUTPUT', `cannot write ${path}: ${code ?? message}`, { cause: error })
      }
      this.note(`wrote ${inventory.nodes.length} node${inventory.nodes.length === 1 ? '' : 's'} to ${path}`)
    }
    for (const text of inventory.notes) this.warning(text)
    return inventory
  }
}

/** Of a cluster that mq started here, the driver and the configuration file are known. */
function withLocal(inventory: Inventory): Inventory {
  const own = runningClusters().find((state) => state.clusterId !== null && state.clusterId === inventory.cluster.id)
  const nodes = inventory.nodes.map((node) => {
    const local = own?.nodes.find((candidate) => candidate.id === node.id)
    return local === undefined ? node : { ...node, driver: 'local', config: local.configFile }
  })
  return { ...inventory, nodes }
}

async function inventoryYaml({ cluster, nodes, notes }: Inventory): Promise<string> {
  const { stringify } = await import('yaml')
  const head = [
    'Inventory of a Kafka cluster, written by mq cluster discover.',
    'To be filled in where null: driver (local, systemd, hooks, kubernetes) and config (path of server.properties).',
    ...notes.map((note) => `Not seen: ${note}`),
  ]
  return `${head.map((line) => `# ${line}`).join('\n')}\n${stringify({ cluster, nodes }, { lineWidth: 0 })}`
}
