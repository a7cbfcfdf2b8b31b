/**
 * A small ext4 file system in a file, mounted over a loop device: for full disks, broken ones, and power cuts. A power cut
 * is a copy of the file taken while it is mounted: what the kernel has not yet written back is not in it, and mounting
 * the copy replays its journal, as a machine does that comes back. Needs root, a loop device and mkfs.ext4.
 */
import { execFileSync } from 'node:child_process'
import { constants, copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

/** Why there can be no such file system here; undefined when there can. */
export function imageUnavailable(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root to mount a file system'
  if (!existsSync('/dev/loop-control')) return 'needs loop devices'
  try {
    run('losetup', ['-f'])
    run('mkfs.ext4', ['-V'])
  } catch {
    return 'needs a free loop device and mkfs.ext4'
  }
  return undefined
}

export class FileSystemImage {
  readonly mountPoint: string
  private readonly file: string
  private readonly folder: string
  private device: string | undefined

  /** Makes and mounts it; everything lies in `folder`, which `dispose` removes. */
  constructor(folder: string, megabytes: number) {
    this.folder = folder
    this.file = join(folder, 'image')
    this.mountPoint = join(folder, 'mnt')
    mkdirSync(this.mountPoint, { recursive: true })
    run('truncate', ['-s', `${megabytes}M`, this.file])
    run('mkfs.ext4', ['-q', '-F', '-m', '0', this.file])
    this.mount()
  }

  mount(): void {
    this.device = run('losetup', ['-f', '--show', this.file])
    // Errors make it read-only, as most distributions mount it; the journal is written when somebody asks.
    run('mount', ['-o', 'errors=remount-ro,commit=60', this.device, this.mountPoint])
  }

  unmount(): void {
    if (this.device === undefined) return
    run('umount', [this.mountPoint])
    run('losetup', ['-d', this.device])
    this.device = undefined
  }

  /** The machine loses its power now, and comes back. Nobody may have files open in it. */
  powerCut(): void {
    const copy = `${this.file}.cut`
    copyFileSync(this.file, copy, constants.COPYFILE_FICLONE)
    this.unmount()
    run('mv', [copy, this.file])
    this.mount()
  }

  /** The file system meets an error: from now on it is read-only. */
  breakDown(): void {
    writeFileSync(`/sys/fs/ext4/${basename(this.device!)}/trigger_fs_error`, 'made by a test')
  }

  /** Unmounts, repairs and mounts again. */
  repair(): void {
    this.unmount()
    try {
      run('e2fsck', ['-f', '-y', this.file])
    } catch {
      // Exit code 1 says that something was repaired; what could not be shows when it is mounted.
    }
    this.mount()
  }

  dispose(): void {
    try {
      this.unmount()
    } catch {
      run('umount', ['-l', this.mountPoint])
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}
