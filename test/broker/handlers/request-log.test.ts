/** kafka-request.log: one line a request, and nothing secret in it. */
import { describe, expect, it } from 'vitest'
import { logRequest } from '../../../src/broker/handlers/request-log.ts'
import type { RequestContext } from '../../../src/broker/handlers/context.ts'
import { QuietLog } from '../../support/quiet-log.ts'

const TIMES = { totalMs: 1.23456, queuedMs: 0, localMs: 1.2, remoteMs: 0 }
const context = (api: string): RequestContext =>
  ({
    api,
    version: 9,
    correlationId: 4,
    clientId: 'c',
    connectionId: '127.0.0.1:9092-127.0.0.1:5-0-0',
    listenerName: 'PLAINTEXT',
    principal: 'User:ANONYMOUS',
  }) as unknown as RequestContext

function lineOf(api: string, request: unknown, response: unknown = {}): Record<string, unknown> {
  const log = new QuietLog()
  logRequest(log, context(api), { request, response }, TIMES)
  const [line] = log.messages('DEBUG')
  expect(line).toMatch(/^Completed request:\{/)
  return JSON.parse(line!.slice('Completed request:'.length))
}

describe('the request log', () => {
  it('says who asked for what, and how long it took', () => {
    expect(lineOf('ListOffsets', { topics: [] })).toMatchObject({
      requestHeader: { requestApiKey: 2, requestApiVersion: 9, requestApiKeyName: 'LIST_OFFSETS', clientId: 'c' },
      connection: '127.0.0.1:9092-127.0.0.1:5-0-0',
      totalTimeMs: 1.235,
      listener: 'PLAINTEXT',
      principal: 'User:ANONYMOUS',
    })
  })

  it('gives bytes by their number', () => {
    const records = Buffer.alloc(1000)
    expect(lineOf('Produce', { topicData: [{ partitionData: [{ index: 0, records }] }] }).request).toEqual({
      topicData: [{ partitionData: [{ index: 0, records: { sizeInBytes: 1000 } }] }],
    })
    expect(lineOf('SaslAuthenticate', { authBytes: Buffer.from('\0user\0secret') }).request).toEqual({
      authBytes: { sizeInBytes: 12 },
    })
  })

  it('hides values of settings', () => {
    const configs = [
      { name: 'ssl.keystore.password', value: 'secret' },
      { name: 'other', value: null },
    ]
    const text = JSON.stringify(lineOf('IncrementalAlterConfigs', { resources: [{ resourceName: '1', configs }] }))
    expect(text).not.toContain('secret')
    expect(text).toContain('ssl.keystore.password')
  })
})
