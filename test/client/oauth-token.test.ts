/** Tokens from an endpoint: fetched once for many logins, patiently, with the credentials as the endpoint wants them, none of them shown. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchToken } from '../../src/client/oauth-token.ts'
import { saslOptions } from '../../src/client/sasl-options.ts'

let server: Server | undefined
const seen: (string | undefined)[] = []
afterEach(() => {
  server?.close()
  seen.length = 0
})

async function endpoint(answer: (response: ServerResponse, attempt: number) => void, path = '/token'): Promise<string> {
  server = createServer((request: IncomingMessage, response) => {
    seen.push(Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString())
    answer(response, seen.length)
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
}

function sourceOf(url: string, more: Record<string, string> = {}) {
  const options = saslOptions(
    {
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.oauthbearer.token.endpoint.url': url,
      'sasl.oauthbearer.client.credentials.client.id': 'a:b',
      'sasl.oauthbearer.client.credentials.client.secret': 'c/d',
      ...more,
    },
    () => Buffer.alloc(0),
  )
  if (options.mechanism !== 'OAUTHBEARER') throw new Error('not OAUTHBEARER')
  return options.token
}

const give = (response: ServerResponse) => response.end('{"access_token":"t","expires_in":60}')

describe('a token endpoint', () => {
  it('is asked once for many logins', async () => {
    const source = sourceOf(await endpoint(give))
    expect(await Promise.all([fetchToken(source), fetchToken(source)])).toEqual(['t', 't'])
    expect(await fetchToken(source)).toBe('t')
    expect(seen).toEqual(['a:b:c/d'])
  })

  it('is asked again when little of the token is left, though most of its life is ahead', async () => {
    const source = sourceOf(await endpoint((response) => response.end('{"access_token":"t","expires_in":3}')))
    await fetchToken(source)
    await fetchToken(source)
    expect(seen).toHaveLength(2)
  })

  it('gets URL-encoded credentials where it wants them', async () => {
    const source = sourceOf(await endpoint(give), { 'sasl.oauthbearer.header.urlencode': 'true' })
    await fetchToken(source)
    expect(seen).toEqual(['a%3Ab:c%2Fd'])
  })

  it('that is busy or hangs up for a moment is asked again', async () => {
    const source = sourceOf(
      await endpoint((response, attempt) => {
        if (attempt === 1) response.writeHead(503).end()
        else if (attempt === 2) response.destroy()
        else give(response)
      }),
    )
    expect(await fetchToken(source)).toBe('t')
    expect(seen).toHaveLength(3)
  })

  it('that says no is asked once, and its address is shown without what may be secret', async () => {
    const url = await endpoint((response) => response.writeHead(401).end('{"error":"c/d"}'), '/token?key=hidden')
    const source = sourceOf(url.replace('http://', 'http://user:hidden@'))
    const error = await fetchToken(source).catch((reason: unknown) => reason as Error)
    expect(error).toMatchObject({ message: expect.stringMatching(/127\.0\.0\.1:\d+\/token answered 401$/) })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/hidden|c\/d/)
    expect(seen).toHaveLength(1)
  })
})
