/** Kafka's tool names in a directory: what is written, what is left alone, and that the scripts run without an environment. */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exportLine, installShims } from '../../../src/shims/install.ts'
import { toolNames } from '../../../src/shims/tool-names.ts'

const NODE = process.execPath
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mq-shims-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const install = (directory: string, force = false, entry = '/somewhere/bin/shim.cjs') =>
  installShims({ directory, node: NODE, entry, force })

describe('mq shims install', () => {
  it('writes each tool with and without .sh, executable', () => {
    const directory = join(folder, 'new', 'bin')
    const { files, tools } = install(directory)
    expect(tools).toEqual(toolNames)
    expect(readdirSync(directory).sort()).toEqual([...files].sort())
    expect(files).toHaveLength(2 * toolNames.length)
    expect(statSync(join(directory, 'kafka-topics.sh')).mode & 0o777).toBe(0o755)
  })

  it('runs the tool with its arguments where there is no environment, from a path with blanks and quotes', () => {
    const odd = join(folder, "it's here")
    const entry = join(folder, "a 'shim'.mjs")
    writeFileSync(entry, 'console.log(JSON.stringify(process.argv.slice(2)))')
    install(odd, false, entry)
    const out = execFileSync(join(odd, 'kafka-topics.sh'), ['--list', 'two words', '$HOME'], {
      env: {},
      encoding: 'utf8',
    })
    expect(JSON.parse(out)).toEqual(['kafka-topics', '--list', 'two words', '$HOME'])
  })

  it('keeps the certificates of NODE_EXTRA_CA_CERTS for when they are needed', () => {
    const entry = join(folder, 'shim.mjs')
    writeFileSync(
      entry,
      'console.log(JSON.stringify([process.env.NODE_EXTRA_CA_CERTS, process.env.MQ_EXTRA_CA_CERTS]))',
    )
    install(folder, false, entry)
    const run = (env: Record<string, string>) =>
      JSON.parse(execFileSync('/bin/sh', ['-u', join(folder, 'kafka-topics')], { env, encoding: 'utf8' }))
    expect(run({ NODE_EXTRA_CA_CERTS: '/etc/ssl/a b.pem' })).toEqual([null, '/etc/ssl/a b.pem'])
    expect(run({})).toEqual([null, null])
  })

  it('renews its own files', () => {
    install(folder)
    install(folder, false, '/elsewhere/shim.cjs')
    expect(readFileSync(join(folder, 'kafka-acls'), 'utf8')).toContain("'/elsewhere/shim.cjs' kafka-acls")
  })

  it('writes nothing where one file is not its own, unless forced', () => {
    const theirs = join(folder, 'kafka-configs.sh')
    writeFileSync(theirs, '#!/bin/bash\nexec kafka-run-class.sh\n')
    expect(() => install(folder)).toThrow(/has kafka-configs\.sh, which mq did not write/)
    expect(existsSync(join(folder, 'kafka-topics'))).toBe(false)
    install(folder, true)
    expect(readFileSync(theirs, 'utf8')).toContain('mq shims install')
  })

  it('takes a directory of that name for a file of others, and says when it cannot write', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => install(join(folder, 'file'))).toThrow(/cannot write to .*file: it is no directory \(EEXIST\)/)
  })

  it('does not write over a directory, nor leave files behind, even when forced', () => {
    mkdirSync(join(folder, 'kafka-acls'))
    expect(() => install(folder)).toThrow(/has kafka-acls/)
    expect(() => install(folder, true)).toThrow(/has a directory kafka-acls; nothing was written/)
    expect(readdirSync(folder)).toEqual(['kafka-acls'])
  })

  it('replaces a link and not what it points to', () => {
    const target = join(folder, 'target')
    writeFileSync(target, 'theirs')
    symlinkSync(target, join(folder, 'kafka-topics'))
    expect(() => install(folder)).toThrow(/has kafka-topics/)
    install(folder, true)
    expect(readFileSync(target, 'utf8')).toBe('theirs')
    expect(lstatSync(join(folder, 'kafka-topics')).isFile()).toBe(true)
  })

  it('names a line that a shell takes as it is', () => {
    expect(exportLine('/opt/kafka/bin')).toBe('export PATH=/opt/kafka/bin:$PATH')
    const line = exportLine("/it's a/bin")
    const out = execFileSync('/bin/sh', ['-c', `${line}; echo "$PATH"`], { env: { PATH: '/x y' }, encoding: 'utf8' })
    expect(out).toBe("/it's a/bin:/x y\n")
  })
})
