/** Directories are made with what is above them, and what cannot be is said at once. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeDirectory } from '../../src/platform/make-directory.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mq-mkdir-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('makes all that is missing, and is content with what is there', () => {
  const path = join(root, 'a', 'b', 'c')
  makeDirectory(path)
  makeDirectory(path)
  expect(statSync(path).isDirectory()).toBe(true)
})

it('says when a file is in the way', () => {
  writeFileSync(join(root, 'file'), '')
  expect(() => makeDirectory(join(root, 'file'))).toThrow(/EEXIST/)
  expect(() => makeDirectory(join(root, 'file', 'below'))).toThrow(/ENOTDIR/)
})

it.skipIf(!existsSync('/proc/self'))('does not hang where nothing can be made', () => {
  expect(() => makeDirectory('/proc/mq/data')).toThrow(/ENOENT/)
})
