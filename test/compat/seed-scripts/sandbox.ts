/**
 * Where the documents' commands run: a folder of their own that stands in for the machine's root, and a path with nothing on it but
 * Kafka's tools, stand-ins for what is not Kafka and the plain utilities of a shell. Nothing outside of the folder is touched.
 */
import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { type Tool, tools } from '../support/apache-kafka.ts'
import { eventually } from '../support/process.ts'
import { type Entry, seedFolder } from './entries.ts'

/** Utilities that are taken from this machine. */
const UTILITIES =
  'awk basename bash cat cp cut date dirname env find grep gzip head ls md5sum mkdir mktemp mv node rm sed seq sh sort tail tar tee timeout tr uniq wc'
/** What is not Kafka, and what would make a test slow. */
const FOREIGN =
  'avro-tools avrodoc aws connect-mirror-maker curl docker git iptables java kubectl nc nslookup python sleep ssh sudo sysctl systemctl wget yamllint'
/** Utilities that not every machine has. */
const OWN = 'column jq'
/** The folders of the documents that become folders of the sandbox. */
const ROOTS = /(^|[\s"'=>])\/(opt|var|backup|etc|sys|tmp)(?=\/)/gm

/** How Kafka's tools are run in a sandbox. */
export interface ToolWay {
  /** Variables for stand-ins/kafka-tool. */
  readonly env: Readonly<Record<string, string>>
  /** Names without `.sh`. */
  readonly names: readonly string[]
}

/** What a run has left. */
export interface Ran {
  readonly exit: number | null
  readonly stdout: string
  readonly stderr: string
  /** Kafka's tools: name, exit code, arguments. */
  readonly tools: readonly { name: string; exit: number; args: string }[]
  /** Everything else that was called: name and arguments. */
  readonly foreign: readonly { name: string; args: string }[]
}

export interface Command {
  /** The command, or the whole text of a script. */
  readonly text: string
  readonly script?: string
  readonly args?: readonly string[]
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly files?: Readonly<Record<string, string>>
  readonly endless?: Entry['endless']
}

function onPath(name: string): string {
  const found = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  const file = found.find(existsSync)
  if (file === undefined) throw new Error(`${name} is not on the path`)
  return name === 'node' ? process.execPath : realpathSync(file)
}

export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), 'seed-scripts-'))
  readonly #bin = join(this.root, 'opt', 'kafka', 'bin')
  readonly #path = join(this.root, 'path')
  readonly #env: Record<string, string>

  constructor(bootstrap: string, addresses: readonly string[], way: ToolWay) {
    for (const folder of [this.#bin, this.#path, join(this.root, 'work'), join(this.root, 'tmp')])
      mkdirSync(folder, { recursive: true })
    const standIns = join(seedFolder, 'stand-ins')
    for (const name of way.names)
      for (const full of [name, `${name}.sh`]) {
        symlinkSync(join(standIns, 'kafka-tool'), join(this.#bin, full))
        symlinkSync(join(standIns, 'kafka-tool'), join(this.#path, full))
      }
    for (const name of FOREIGN.split(' ')) symlinkSync(join(standIns, 'foreign'), join(this.#path, name))
    for (const name of OWN.split(' ')) symlinkSync(join(standIns, name), join(this.#path, name))
    for (const name of UTILITIES.split(' ')) symlinkSync(onPath(name), join(this.#path, name))
    this.#env = {
      PATH: this.#path,
      HOME: this.root,
      LC_ALL: 'C.UTF-8',
      SEED_ADDRESSES: addresses.map((address) => `${address}=${bootstrap}`).join(' '),
      SEED_CALLS: join(this.root, 'calls'),
      ...way.env,
    }
  }

  /** The path in the sandbox of a path in a document. */
  file(path: string): string {
    return join(this.root, path.startsWith('/') ? path : join('work', path))
  }

  /** Runs a command or a script to its end. `feed` is called again and again while an endless one has not printed its record. */
  async run(command: Command, feed: () => Promise<void> = async () => {}): Promise<Ran> {
    for (const [path, text] of Object.entries(command.files ?? {})) {
      mkdirSync(dirname(this.file(path)), { recursive: true })
      writeFileSync(this.file(path), text.replace(ROOTS, `$1${this.root}/$2`))
    }
    writeFileSync(this.#env.SEED_CALLS!, '')
    const text = command.text.replace(ROOTS, `$1${this.root}/$2`)
    const script = join(this.root, 'work', command.script ?? 'command')
    writeFileSync(script, text)
    const words = command.script === undefined ? ['-c', text] : [script, ...(command.args ?? [])]
    const child = spawn(join(this.#path, 'bash'), words, {
      cwd: command.cwd === undefined ? join(this.root, 'work') : this.file(command.cwd),
      env: { ...this.#env, ...command.env },
      detached: true, // a group of its own, to interrupt it as a terminal does
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      stdout += more
    })
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      stderr += more
    })
    child.stdin.on('error', () => {}) // a command that reads no input closes it
    child.stdin.end(command.stdin ?? '')
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
    const signal = (name: NodeJS.Signals): void => {
      try {
        process.kill(-child.pid!, name)
      } catch {
        // it has ended by itself
      }
    }
    const killed = setTimeout(() => signal('SIGKILL'), 100_000)
    const { endless } = command
    if (endless !== undefined) {
      await eventually(`${endless.record} on standard output`, async () => {
        if (stdout.includes(endless.record) || child.exitCode !== null) return true
        await feed()
        return false
      })
      signal('SIGINT')
    }
    const exit = await ended
    clearTimeout(killed)
    signal('SIGKILL') // what a script has left in the background
    return { exit, stdout: this.plain(stdout), stderr: this.plain(stderr), ...this.#calls() }
  }

  /** Text without the paths of this sandbox. */
  plain(text: string): string {
    return text.replaceAll(`${this.root}/work/`, '').replaceAll(this.root, '')
  }

  #calls(): Pick<Ran, 'tools' | 'foreign'> {
    const calls = this.plain(readFileSync(this.#env.SEED_CALLS!, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t') as [string, string, string, string])
    return {
      tools: calls
        .filter(([kind]) => kind === 'kafka')
        .map(([, exit, name, args]) => ({ name, exit: Number(exit), args: args.trimEnd() })),
      foreign: calls.filter(([kind]) => kind === 'foreign').map(([, , name, args]) => ({ name, args: args.trimEnd() })),
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** Every name of Kafka's own tools, as far as a script of Kafka 4.3.1 has it. */
export const kafkaNames: readonly string[] = [...(Object.keys(tools) as Tool[]), 'kafka-run-class']
