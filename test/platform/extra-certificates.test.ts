/** Certificates of NODE_EXTRA_CA_CERTS where the shims' scripts have kept them from Node. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { expect, it } from 'vitest'
import { trustedByDefault } from '../../src/platform/extra-certificates.ts'

it('leaves it to Node where nothing is named', () => {
  expect(trustedByDefault({})).toBeUndefined()
  expect(trustedByDefault({ MQ_EXTRA_CA_CERTS: '' })).toBeUndefined()
})

it("adds the file to Node's own", () => {
  const folder = mkdtempSync(join(tmpdir(), 'mq-extra-'))
  try {
    const path = join(folder, 'company.pem')
    writeFileSync(path, 'a certificate')
    expect(trustedByDefault({ MQ_EXTRA_CA_CERTS: path })).toEqual([...rootCertificates, 'a certificate'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('warns of a file that cannot be read, and goes on', async () => {
  const warned = new Promise((resolve) => process.once('warning', ({ message }) => resolve(message)))
  expect(trustedByDefault({ MQ_EXTRA_CA_CERTS: '/not/there.pem' })).toBeUndefined()
  expect(await warned).toBe('Ignoring extra certs from /not/there.pem: ENOENT')
})
