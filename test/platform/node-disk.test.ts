/** The disk over node:fs, and the lock that two processes cannot share. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Disk, DiskError } from '../../src/base/disk.ts'
import { MemoryDisk } from '../../src/platform/memory-disk.ts'
import { NodeDisk } from '../../src/platform/node-disk.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mq-node-disk-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function failure(work: () => unknown): DiskError {
  try {
    work()
  } catch (error) {
    if (error instanceof DiskError) return error
    throw error
  }
  throw new Error('nothing failed')
}

describe.each<[string, () => Disk, () => string]>([
  ['node', () => new NodeDisk(), () => mkdtempSync(join(folder, 'd-'))],
  ['memory', () => new MemoryDisk(), () => ''],
])('the %s disk', (_, makeDisk, makeRoot) => {
  it('reads and writes at positions, past the end and in several chunks', () => {
    const disk = makeDisk()
    const root = makeRoot()
    const file = disk.open(`${root}/f`, 'create')
    file.write(3, [Buffer.from('abc'), Buffer.from(''), Buffer.from('defg')])
    const target = Buffer.alloc(12, 0x7a)
    expect(file.read(0, target, 1, 11)).toBe(10)
    expect(target.toString('latin1')).toBe('z\0\0\0abcdefgz')
    expect(file.size()).toBe(10)
    file.truncate(5)
    file.truncate(100_000)
    expect(file.size()).toBe(100_000)
    expect(disk.readFile(`${root}/f`).subarray(0, 8).toString('latin1')).toBe('\0\0\0ab\0\0\0')
    file.sync()
    file.close()
    file.close()
    expect(disk.stat(`${root}/f`)).toMatchObject({ sizeBytes: 100_000, isDirectory: false })
    const again = disk.open(`${root}/f`, 'create')
    expect(again.size()).toBe(100_000)
    again.close()
  })

  it('keeps names in order, replaces by rename, removes what is there or not', () => {
    const disk = makeDisk()
    const root = makeRoot()
    disk.makeDirectory(`${root}/x/y`)
    disk.makeDirectory(`${root}/x/y`)
    disk.writeFile(`${root}/x/b`, Buffer.from('1'), { sync: true })
    disk.writeFile(`${root}/x/a`, Buffer.from('22'))
    disk.rename(`${root}/x/a`, `${root}/x/b`)
    disk.syncDirectory(`${root}/x`)
    expect(disk.list(`${root}/x`)).toEqual(['b', 'y'])
    expect(disk.readFile(`${root}/x/b`).toString()).toBe('22')
    disk.removeFile(`${root}/x/b`)
    disk.removeFile(`${root}/x/b`)
    disk.removeTree(`${root}/x`)
    disk.removeTree(`${root}/x`)
    expect(disk.stat(`${root}/x`)).toBeUndefined()
    expect(disk.volume(root === '' ? '/' : root).totalBytes).toBeGreaterThan(0)
  })

  it('says what failed and why', () => {
    const disk = makeDisk()
    const root = makeRoot()
    expect(failure(() => disk.open(`${root}/none`, 'read')).errno).toBe('ENOENT')
    expect(failure(() => disk.readFile(`${root}/none`)).errno).toBe('ENOENT')
    expect(failure(() => disk.list(`${root}/none`)).errno).toBe('ENOENT')
    expect(failure(() => disk.rename(`${root}/none`, `${root}/other`)).errno).toBe('ENOENT')
    expect(failure(() => disk.open(`${root}/none/f`, 'create')).path).toBe(`${root}/none/f`)
  })

  it('syncs in the background, also while it is being closed', async () => {
    const disk = makeDisk()
    const file = disk.open(`${makeRoot()}/f`, 'create')
    file.write(0, [Buffer.alloc(100_000, 1)])
    const done = new Promise((resolve) => file.syncInBackground(resolve))
    file.close()
    expect(await done).toBeUndefined()
  })
})

describe('the lock', () => {
  const disk = new NodeDisk()
  let child: ChildProcess | undefined
  afterEach(() => void child?.kill('SIGKILL'))

  it('is exclusive in one process and can be taken again', () => {
    const root = mkdtempSync(join(folder, 'lock-'))
    const lock = disk.lockDirectory(root)
    const error = failure(() => disk.lockDirectory(root))
    expect([error.errno, error.hint]).toEqual(['ELOCKED', expect.stringContaining(`this process (${process.pid})`)])
    expect(readFileSync(join(root, '.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} \\d*\n$`))
    lock.release()
    lock.release()
    expect(readFileSync(join(root, '.lock'), 'utf8')).toBe('')
    disk.lockDirectory(root).release()
    expect(disk.list(root)).toEqual(['.lock'])
  })

  it('names another living process, and passes over one that is gone or was another', async () => {
    const root = mkdtempSync(join(folder, 'lock-'))
    child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await new Promise((resolve) => child!.once('spawn', resolve))
    const pid = child.pid!
    const entry = (started: string) => writeFileSync(join(root, '.lock'), `${pid} ${started}\n`)
    entry(startOf(pid))
    const error = failure(() => disk.lockDirectory(root))
    expect([error.errno, error.hint]).toEqual(['ELOCKED', expect.stringContaining(`process ${pid}`)])
    expect(disk.list(root)).toEqual(['.lock'])
    if (process.platform === 'linux') {
      entry('1')
      disk.lockDirectory(root).release()
    }
    entry(startOf(pid))
    const ended = new Promise((resolve) => child!.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    disk.lockDirectory(root).release()
  })

  it('takes an empty file, nonsense, and the file of an interrupted take-over', () => {
    const root = mkdtempSync(join(folder, 'lock-'))
    for (const content of ['', 'nonsense', '999999999 5\n']) {
      writeFileSync(join(root, '.lock'), content)
      writeFileSync(join(root, '.lock.takeover'), '999999999 5\n')
      disk.lockDirectory(root).release()
      expect(disk.list(root)).toEqual(['.lock'])
    }
  })

  it.skipIf(process.getuid?.() === 0)('of a read-only directory says so', () => {
    const root = mkdtempSync(join(folder, 'lock-'))
    chmodSync(root, 0o500)
    expect(failure(() => disk.lockDirectory(root)).errno).toBe('EACCES')
    chmodSync(root, 0o700)
  })
})

function startOf(pid: number): string {
  if (process.platform !== 'linux') return ''
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!
}
