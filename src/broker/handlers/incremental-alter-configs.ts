/**
 * IncrementalAlterConfigs, versions 0 and 1 (KIP-339): sets, deletes, appends to and subtracts from single keys. Checked
 * here, decided by the controller.
 */
import { brokerKeys } from '../../config/broker-keys.ts'
import type { KeyTable } from '../../config/key.ts'
import type { RequestOf } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import { assembleResults, checkAlterations, isAsController } from './alter-configs-check.ts'
import { alterLoggers } from './broker-loggers.ts'
import type { Handler } from './context.ts'
import { askController } from './forward.ts'

type Resource = RequestOf<'IncrementalAlterConfigs'>['resources'][number]

const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

export const incrementalAlterConfigsHandler: Handler<'IncrementalAlterConfigs'> = {
  async handle(request, context, services) {
    const checked = checkAlterations(services, request.resources, {
      asController: isAsController(services, context),
      isForwarded: context.isForwarded === true,
      mayBeNull: (config) => (config as Resource['configs'][number]).configOperation === DELETE,
      brokerEntries: entriesAfter,
      alterLoggers: (resource) => alterLoggers(services, resource, request.validateOnly),
    })
    const { accepted } = checked
    const asked = { ...request, resources: accepted }
    const { responses } =
      accepted.length === 0
        ? { responses: [] }
        : await askController('IncrementalAlterConfigs', asked, context, services, ({ errorCode, message }) => ({
            responses: accepted.map(({ resourceType, resourceName }) => {
              return { resourceType, resourceName, errorCode, errorMessage: message }
            }),
          }))
    return { responses: assembleResults(request.resources, checked, responses ?? []) }
  },
}

/** The settings that a broker, or all brokers, would have after the change. */
function entriesAfter(resource: Resource, current: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const entries = new Map(current)
  for (const { name, configOperation, value } of resource.configs) {
    if (configOperation === DELETE) entries.delete(name)
    else if (configOperation === SET) entries.set(name, value ?? '')
    else if (configOperation === APPEND || configOperation === SUBTRACT) {
      entries.set(name, changedList(name, current.get(name), value ?? '', configOperation))
    } else throw new ApiError('INVALID_REQUEST', `Unknown operations type ${configOperation}`)
  }
  return entries
}

/** Settings that Kafka's table does not have, and its brokers take all the same. */
const THROTTLES: ReadonlySet<string> = new Set([
  'follower.replication.throttled.rate',
  'leader.replication.throttled.rate',
  'replica.alter.log.dirs.io.max.bytes.per.second',
])

function changedList(name: string, current: string | undefined, value: string, operation: number): string {
  const key = (brokerKeys as KeyTable)[name]
  if (key === undefined || THROTTLES.has(name)) throw new ApiError('INVALID_CONFIG', `Unknown config name: ${name}`)
  if (key.type !== 'LIST') {
    const verb = operation === APPEND ? 'append' : 'subtract'
    throw new ApiError('INVALID_CONFIG', `Config value ${verb} is not allowed for config key: ${name}`)
  }
  const before = current === undefined ? ((key.default as string[] | null) ?? []) : current.split(',').filter(Boolean)
  const given = value.split(',')
  const after =
    operation === APPEND
      ? [...before, ...given.filter((entry) => !before.includes(entry))]
      : before.filter((entry) => !given.includes(entry))
  return after.join(',')
}
