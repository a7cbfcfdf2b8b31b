/**
 * Which thing a `mq config` command is about: one of `--topic --broker --broker-default --group --broker-logger
 * --client-metrics`.
 */
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../base/errors.ts'
import { integerFlag } from './flags.ts'

export const entityFlags = {
  topic: Flags.string({ helpGroup: 'ENTITY', helpValue: 'NAME', summary: 'A topic.' }),
  broker: integerFlag({ helpGroup: 'ENTITY', helpValue: 'ID', summary: 'One broker.' }),
  'broker-default': Flags.boolean({ helpGroup: 'ENTITY', summary: 'All brokers: the cluster-wide default.' }),
  group: Flags.string({ helpGroup: 'ENTITY', helpValue: 'NAME', summary: 'A group.' }),
  'broker-logger': integerFlag({ helpGroup: 'ENTITY', helpValue: 'ID', summary: "One broker's loggers." }),
  'client-metrics': Flags.string({
    helpGroup: 'ENTITY',
    helpValue: 'NAME',
    summary: "A subscription to clients' metrics (KIP-714).",
  }),
}

export interface EntityValues {
  readonly topic?: string | undefined
  readonly broker?: number | undefined
  readonly 'broker-default'?: boolean | undefined
  readonly group?: string | undefined
  readonly 'broker-logger'?: number | undefined
  readonly 'client-metrics'?: string | undefined
}

export type Entity =
  | { readonly kind: 'topic' | 'group' | 'client-metrics'; readonly name: string }
  | { readonly kind: 'broker' | 'broker-logger'; readonly id: number }
  | { readonly kind: 'broker-default' }

/** The one entity that the flags name. Throws UsageError for none or several. */
export function entityOf(flags: EntityValues): Entity {
  const found: Entity[] = []
  if (flags.topic !== undefined) found.push({ kind: 'topic', name: flags.topic })
  if (flags.broker !== undefined) found.push({ kind: 'broker', id: flags.broker })
  if (flags['broker-default'] === true) found.push({ kind: 'broker-default' })
  if (flags.group !== undefined) found.push({ kind: 'group', name: flags.group })
  if (flags['broker-logger'] !== undefined) found.push({ kind: 'broker-logger', id: flags['broker-logger'] })
  if (flags['client-metrics'] !== undefined) found.push({ kind: 'client-metrics', name: flags['client-metrics'] })
  const [entity] = found
  if (entity !== undefined && found.length === 1) return entity
  throw new UsageError(
    entity === undefined ? 'which configuration?' : 'one thing at a time',
    'give exactly one of --topic NAME, --broker ID, --broker-default, --group NAME, --broker-logger ID, --client-metrics NAME',
  )
}

/** How the entity reads in a sentence. */
export function entityText(entity: Entity): string {
  switch (entity.kind) {
    case 'broker-default':
      return 'all brokers'
    case 'broker':
      return `broker ${entity.id}`
    case 'broker-logger':
      return `the loggers of broker ${entity.id}`
    case 'client-metrics':
      return `client metrics subscription ${entity.name}`
    default:
      return `${entity.kind} ${entity.name}`
  }
}
