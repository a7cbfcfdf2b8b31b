/**
 * The user's own limits: a `lag.yaml` with rules, each for groups by pattern. A file that says anything that is not
 * understood is refused whole, with the place: a limit that is misspelt must not be one that never fires.
 */
import { UsageError } from '../../base/errors.ts'
import { similarNames, wholeName } from '../items.ts'
import { parseDurationMs } from '../../base/units.ts'
import { readTextFile } from '../../platform/input-file.ts'
import type { LagRule } from './limits.ts'
import type { WindowStatus } from './verdict.ts'

export interface LagPolicy {
  readonly rules: LagRule[]
  /** Over what time verdicts look, ms; undefined: the command's own. */
  readonly windowMs: number | undefined
  readonly intervalMs: number | undefined
}

const TOP_KEYS = ['window', 'interval', 'rules']
const LIMIT_KEYS = ['max-lag', 'max-partition-lag', 'max-time', 'max-lost', 'min-members', 'status']
const RULE_KEYS = ['name', 'groups', 'except', 'topics', ...LIMIT_KEYS, 'for', 'severity', 'uncommitted', 'optional']
/** Verdicts that a rule may want to hear of; `true` is all of them. */
const STATUSES: readonly WindowStatus[] = ['WARN', 'STALL', 'STOP', 'REWIND']

/** Reads a policy file. Throws MqError when it cannot be read, UsageError when it says what cannot be. */
export async function readPolicy(path: string): Promise<LagPolicy> {
  return parsePolicy(readTextFile(path), path)
}

/** The policy in a text; `path` is what messages call it. */
export async function parsePolicy(text: string, path: string): Promise<LagPolicy> {
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [broken] = document.errors
  if (broken !== undefined) {
    throw new UsageError(`${path}:${lines.linePos(broken.pos[0]).line}: ${broken.message.split('\n')[0]}`)
  }
  return new Reader(path).policy(document.toJS())
}

type Fields = Readonly<Record<string, unknown>>

class Reader {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  policy(value: unknown): LagPolicy {
    const top = this.#fields(value, '', TOP_KEYS)
    const list = top.rules
    if (!Array.isArray(list) || list.length === 0) this.#fail('rules', 'must be a list of one rule or more')
    const rules = (list as unknown[]).map((entry, index) => this.#rule(entry, index))
    const names = rules.map(({ name }) => name)
    const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
    if (twice >= 0) this.#fail(`rules[${twice}].name`, `is that of another rule: ${names[twice]}`)
    return { rules, windowMs: this.#duration(top, '', 'window'), intervalMs: this.#duration(top, '', 'interval') }
  }

  #rule(value: unknown, index: number): LagRule {
    const at = `rules[${index}]`
    const fields = this.#fields(value, at, RULE_KEYS)
    if (!LIMIT_KEYS.some((key) => fields[key] !== undefined)) {
      this.#fail(at, `has no limit: one of ${LIMIT_KEYS.join(', ')}`)
    }
    const uncommitted = fields.uncommitted ?? 'unknown'
    if (uncommitted !== 'unknown' && uncommitted !== 'ignore') {
      this.#fail(`${at}.uncommitted`, 'must be unknown or ignore')
    }
    return {
      name: this.#text(fields, at, 'name') ?? `rule ${index + 1}`,
      severity: this.#text(fields, at, 'severity') ?? null,
      groups: this.#patterns(fields, at, 'groups'),
      except: this.#patterns(fields, at, 'except'),
      topics: this.#patterns(fields, at, 'topics'),
      maxLag: this.#count(fields, at, 'max-lag'),
      maxPartitionLag: this.#count(fields, at, 'max-partition-lag'),
      maxTimeMs: this.#duration(fields, at, 'max-time'),
      maxLost: this.#count(fields, at, 'max-lost'),
      minMembers: this.#count(fields, at, 'min-members'),
      statuses: this.#statuses(fields.status, `${at}.status`),
      forMs: this.#duration(fields, at, 'for') ?? 0,
      uncommitted: uncommitted as LagRule['uncommitted'],
      optional: this.#yes(fields, at, 'optional'),
    }
  }

  #fields(value: unknown, at: string, known: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#fail(at, `must have fields: ${known.join(', ')}`)
    }
    const fields = value as Fields
    for (const key of Object.keys(fields)) {
      if (known.includes(key)) continue
      const [like] = similarNames(key, known)
      this.#fail(join(at, key), `is not known${like === undefined ? '' : `: did you mean ${like}?`}`)
    }
    return fields
  }

  #text(fields: Fields, at: string, key: string): string | undefined {
    const value = fields[key]
    if (value === undefined || (typeof value === 'string' && value !== '')) return value as string | undefined
    return this.#fail(join(at, key), 'must be a text')
  }

  /** A pattern or a list of them; each must compile. */
  #patterns(fields: Fields, at: string, key: string): string[] | undefined {
    const value = fields[key]
    if (value === undefined) return undefined
    const list: unknown[] = Array.isArray(value) ? value : [value]
    if (list.length === 0) this.#fail(join(at, key), 'names nothing')
    return list.map((pattern) => {
      if (typeof pattern !== 'string') return this.#fail(join(at, key), 'must be a pattern, or a list of patterns')
      try {
        wholeName(pattern)
      } catch {
        this.#fail(join(at, key), `"${pattern}" is not a regular expression`)
      }
      return pattern
    })
  }

  #count(fields: Fields, at: string, key: string): number | undefined {
    const value = fields[key]
    if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0)) return value as number | undefined
    return this.#fail(join(at, key), `must be a whole number, 0 or more, not ${JSON.stringify(value)}`)
  }

  #duration(fields: Fields, at: string, key: string): number | undefined {
    const value = fields[key]
    if (value === undefined) return undefined
    const ms = typeof value === 'string' || value === 0 ? parseDurationMs(String(value)) : undefined
    return ms ?? this.#fail(join(at, key), `must be a duration such as 30s, 5m or 2h, not ${JSON.stringify(value)}`)
  }

  #yes(fields: Fields, at: string, key: string): boolean {
    const value = fields[key] ?? false
    return typeof value === 'boolean' ? value : this.#fail(join(at, key), 'must be true or false')
  }

  #statuses(value: unknown, at: string): readonly WindowStatus[] | undefined {
    if (value === undefined || value === false) return undefined
    if (value === true) return STATUSES
    const list: unknown[] = Array.isArray(value) ? value : [value]
    return list.map((one) => {
      const status = STATUSES.find((known) => known === one)
      return status ?? this.#fail(at, `must be true, or some of ${STATUSES.join(', ')}`)
    })
  }

  #fail(at: string, message: string): never {
    throw new UsageError(`${this.#path}: ${at === '' ? 'the file' : at} ${message}`)
  }
}

function join(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`
}
