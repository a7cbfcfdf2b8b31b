/** `meta.properties`: who a log directory belongs to. Version 1, Kafka's since KRaft. Unknown keys survive a rewrite. */
import type { Disk } from '../../base/disk.ts'
import { MqError } from '../../base/errors.ts'
import { isUuid, type Uuid } from '../../base/uuid.ts'
import { parseProperties } from '../../config/properties.ts'
import { readFileIfPresent, replaceFile } from './atomic-file.ts'
import { FILE } from './file-names.ts'

export interface MetaProperties {
  readonly version: number
  readonly clusterId: string
  readonly nodeId: number
  /** Absent in directories that an older Kafka formatted. */
  readonly directoryId?: Uuid
}

/** The file says something that this node cannot accept. */
export class MetaPropertiesError extends MqError {
  constructor(path: string, reason: string, hint?: string) {
    super('MQ_META_PROPERTIES', `${path}: ${reason}`, hint === undefined ? {} : { hint })
  }
}

/** Undefined when the directory is not formatted. Throws MetaPropertiesError when the file cannot be used. */
export function readMetaProperties(disk: Disk, directory: string): MetaProperties | undefined {
  const path = `${directory}/${FILE.metaProperties}`
  const content = readFileIfPresent(disk, path)
  if (content === undefined) return undefined
  const values = parseProperties(content.toString('utf8'))
  if (values.version !== '0' && values.version !== '1') {
    throw new MetaPropertiesError(path, `version ${values.version ?? 'missing'} is not supported`)
  }
  const nodeId = values['node.id'] ?? values['broker.id']
  if (nodeId === undefined || !/^\d+$/.test(nodeId)) throw new MetaPropertiesError(path, 'node.id is missing')
  const clusterId = values['cluster.id']
  if (clusterId === undefined || clusterId === '') throw new MetaPropertiesError(path, 'cluster.id is missing')
  const directoryId = values['directory.id']
  if (directoryId !== undefined && !isUuid(directoryId)) {
    throw new MetaPropertiesError(path, `directory.id '${directoryId}' is not an id`)
  }
  return {
    version: Number(values.version),
    clusterId,
    nodeId: Number(nodeId),
    ...(directoryId === undefined ? {} : { directoryId }),
  }
}

/** Durable on return. `nowMs` goes into the comment that Java's property files begin with. */
export function writeMetaProperties(disk: Disk, directory: string, properties: MetaProperties, nowMs: number): void {
  replaceFile(disk, directory, FILE.metaProperties, renderMetaProperties(properties, nowMs))
}

export function renderMetaProperties(properties: MetaProperties, nowMs: number): string {
  const lines = ['#', `#${javaDate(nowMs)}`, `cluster.id=${properties.clusterId}`]
  if (properties.directoryId !== undefined) lines.push(`directory.id=${properties.directoryId}`)
  lines.push(`node.id=${properties.nodeId}`, `version=${properties.version}`)
  return `${lines.join('\n')}\n`
}

/** As `java.util.Date` prints it, in UTC: `Sat Nov 21 09:34:56 UTC 2026`. */
function javaDate(ms: number): string {
  const [day, date, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ')
  return `${day} ${month} ${date} ${time} UTC ${year}`
}
