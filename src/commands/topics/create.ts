/** `mq topics create`: makes topics. */
import * as Flags from '@oclif/core/flags'
import { parseAssignment } from '../../admin/topic-partitions.ts'
import { type CreatedTopic, createTopics } from '../../admin/topics.ts'
import { UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, integerFlag, pairFlag, pairsToRecord, requiredArgs } from '../../cli/flags.ts'

export interface TopicsCreateResult {
  topics: CreatedTopic[]
  dryRun: boolean
}

export default class TopicsCreate extends AdminCommand<TopicsCreateResult> {
  static override summary = 'Create topics.'
  static override description =
    'Without --partitions and --replication-factor the cluster decides (num.partitions, default.replication.factor). ' +
    '--replica-assignment names the brokers of every partition: partitions separated by commas, brokers by colons.'
  static override examples = [
    '<%= config.bin %> topics create example-topic --partitions 3',
    '<%= config.bin %> topics create example-topic --config retention.ms=604800000 --config cleanup.policy=compact',
    '<%= config.bin %> topics create example-topic --replica-assignment 1:2,2:3 --if-not-exists',
  ]
  static override args = { topic: requiredArgs('Names of the topics.') }
  static override flags = {
    partitions: integerFlag({ char: 'p', min: 1, max: 1_000_000, summary: 'Partitions of each topic.' }),
    'replication-factor': integerFlag({ char: 'r', min: 1, max: 32_767, summary: 'Replicas of each partition.' }),
    config: pairFlag({ char: 'c', summary: 'A setting of the topic; repeatable.' }),
    'replica-assignment': Flags.string({
      helpValue: '1:2,2:3',
      exclusive: ['partitions', 'replication-factor'],
      summary: 'Brokers of each partition, the preferred leader first.',
    }),
    'if-not-exists': Flags.boolean({ summary: 'A topic that exists is fine.' }),
    'dry-run': dryRunFlag,
  }

  override async run(): Promise<TopicsCreateResult> {
    const { args, flags } = await this.parse(TopicsCreate)
    const text = flags['replica-assignment']
    const assignment = text === undefined ? undefined : parseAssignment(text)
    if (text !== undefined && assignment === undefined) {
      throw new UsageError('--replica-assignment needs brokers such as 1:2,2:3')
    }
    const names = [...new Set(args.topic)]
    const client = await this.connect()
    const progress = await this.progress(`creating ${names.length} topics`)
    const { topics } = await createTopics(
      client,
      names.map((name) => ({
        name,
        partitions: flags.partitions,
        replicationFactor: flags['replication-factor'],
        assignment,
        configs: pairsToRecord(flags.config),
      })),
      {
        ifNotExists: flags['if-not-exists'],
        dryRun: flags['dry-run'] ?? false,
        onProgress: (done, total) => progress.update(`created ${done} of ${total} topics`),
      },
    ).finally(() => progress.stop())
    for (const topic of topics) if (topic.error === undefined) this.note(sentence(topic, flags['dry-run']))
    this.reportItems(topics)
    return { topics, dryRun: flags['dry-run'] ?? false }
  }
}

function sentence(topic: CreatedTopic, dryRun: boolean): string {
  const size = `partitions: ${topic.partitions ?? '-'}, replication factor: ${topic.replicationFactor ?? '-'}`
  if (topic.existed) return `topic ${topic.name} exists already (${size})`
  return `${dryRun === true ? 'would create' : 'created'} topic ${topic.name} (${size})`
}
