/** Small files that are replaced as a whole: after a crash either the old or the new content is there, never a mixture. */
import type { Disk } from '../../base/disk.ts'

/**
 * `.tmp`, sync, rename, sync of the directory, as Kafka does it: durable on return. Without `sync` a process kill still
 * leaves the old or the new content; after a power cut the file may be empty, so the reader must be able to do without.
 */
export function replaceFile(
  disk: Disk,
  directory: string,
  name: string,
  content: string | Buffer,
  options: { sync: boolean } = { sync: true },
): void {
  const path = `${directory}/${name}`
  disk.writeFile(`${path}.tmp`, typeof content === 'string' ? Buffer.from(content) : content, options)
  disk.rename(`${path}.tmp`, path)
  if (options.sync) disk.syncDirectory(directory)
}

export function readFileIfPresent(disk: Disk, path: string): Buffer | undefined {
  return disk.stat(path) === undefined ? undefined : disk.readFile(path)
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** Brings a file that exists to stable storage. */
export function syncFile(disk: Disk, path: string): void {
  const file = disk.open(path, 'readwrite')
  try {
    file.sync()
  } finally {
    file.close()
  }
}
