/**
 * A server that speaks Kafka's framing and answers each request with what the test's script says. It offers exactly the
 * APIs that the script answers, in the ranges of Kafka 4.3.1 unless narrowed. Everything asked is kept.
 */
import * as net from 'node:net'
import { type ApiName, apis, type RequestOf, type ResponseInput } from '../../src/protocol/apis.ts'
import { decodeMessage } from '../../src/protocol/codec.ts'
import { decodeRequestFrame, encodeResponseFrame } from '../../src/protocol/frame.ts'
import type { Message } from '../../src/protocol/schema.ts'

export type Script = {
  [A in ApiName]?: (request: RequestOf<A>, version: number) => ResponseInput<A> | 'hang up' | 'silence'
}

export interface ScriptedBroker {
  readonly port: number
  readonly address: string
  /** What was asked so far, in order. */
  readonly asked: { api: ApiName; version: number; request: unknown }[]
  /** Requests of one API, decoded. */
  requests<A extends ApiName>(api: A): RequestOf<A>[]
  openConnections(): number
  /** Replaces answers. */
  change(script: Script): void
  close(): Promise<void>
}

export interface ScriptOptions {
  /** Highest version offered of an API. */
  readonly maxVersions?: Partial<Record<ApiName, number>>
  readonly features?: Readonly<Record<string, number>>
  readonly onConnection?: () => void
}

/** Starts on a free port of 127.0.0.1. `script` may need the port: it is a function of it then. */
export async function startScripted(
  script: Script | ((port: number) => Script),
  options: ScriptOptions = {},
): Promise<ScriptedBroker> {
  const asked: ScriptedBroker['asked'] = []
  const sockets = new Set<net.Socket>()
  let answers: Script = {}
  const server = net.createServer((socket) => {
    sockets.add(socket)
    options.onConnection?.()
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    let rest = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const size = rest.readInt32BE(0)
        answer(socket, rest.subarray(4, 4 + size))
        rest = rest.subarray(4 + size)
      }
    })
  })
  const answer = (socket: net.Socket, frame: Buffer) => {
    const { api, apiVersion, correlationId, bodyPosition } = decodeRequestFrame(frame)
    if (api === undefined) return socket.destroy()
    const respond = (body: unknown, version = apiVersion) => {
      for (const part of encodeResponseFrame(api, version, correlationId, body as never)) socket.write(part)
    }
    if (api === 'ApiVersions') {
      const highest = options.maxVersions?.ApiVersions ?? apis.ApiVersions.max
      if (apiVersion > highest) return respond({ errorCode: 35, apiKeys: offered(answers, options) }, 0)
      return respond({
        apiKeys: offered(answers, options),
        finalizedFeaturesEpoch: 1,
        finalizedFeatures: Object.entries(options.features ?? {}).map(([name, level]) => ({
          name,
          minVersionLevel: level,
          maxVersionLevel: level,
        })),
      })
    }
    const request = decodeMessage(apis[api].request as Message, apiVersion, frame, bodyPosition)
    asked.push({ api, version: apiVersion, request })
    const handler = answers[api] as ((request: unknown, version: number) => unknown) | undefined
    const body = handler?.(request, apiVersion) ?? 'hang up'
    if (body === 'hang up') return socket.destroy()
    if (body !== 'silence') respond(body)
    return undefined
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  answers = typeof script === 'function' ? script(port) : script
  return {
    port,
    address: `127.0.0.1:${port}`,
    asked,
    requests: <A extends ApiName>(api: A) =>
      asked.filter((entry) => entry.api === api).map((entry) => entry.request as RequestOf<A>),
    openConnections: () => sockets.size,
    change: (script) => {
      answers = { ...answers, ...script }
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function offered(script: Script, options: ScriptOptions) {
  return (['ApiVersions', ...Object.keys(script)] as ApiName[]).map((name) => ({
    apiKey: apis[name].key,
    minVersion: apis[name].min,
    maxVersion: options.maxVersions?.[name] ?? apis[name].max,
  }))
}
