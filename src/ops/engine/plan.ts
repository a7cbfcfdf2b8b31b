/**
 * A plan as a value: what kind of operation, for which cluster, and a body of plain JSON. Its hash is taken over a canonical
 * form (keys sorted, no spaces), so that the same plan has the same hash wherever it was written and however it was
 * formatted; whoever approves a hash approves exactly this plan. Nothing in it says when or by whom it was made.
 */
import { createHash } from 'node:crypto'
import { MqError } from '../../base/errors.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

export interface Plan<Body extends Json = Json> {
  readonly format: 1
  /** `reassign`, `rolling-restart`, `upgrade`, `migrate`. */
  readonly kind: string
  /** The id of the cluster that it was made for. */
  readonly cluster: string
  readonly body: Body
  /** 64 hexadecimal digits over all of the above. */
  readonly hash: string
}

/** JSON with sorted keys and without spaces: equal values give equal text. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} is no JSON`)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const fields = Object.entries(value as Record<string, Json | undefined>)
    .filter((entry): entry is [string, Json] => entry[1] !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}

/** The plan with its hash. */
export function sealPlan<Body extends Json>(kind: string, cluster: string, body: Body): Plan<Body> {
  return { format: 1, kind, cluster, body, hash: hashOf(kind, cluster, body) }
}

/** Whether the hash is that of the content. */
export function isIntact(plan: Plan): boolean {
  return plan.format === 1 && plan.hash === hashOf(plan.kind, plan.cluster, plan.body)
}

/** Reads a plan that was written to a file. Throws MqError for another kind, and for a plan that was edited. */
export function readPlan<Body extends Json>(text: string, kind: string): Plan<Body> {
  let plan: Plan<Body>
  try {
    plan = JSON.parse(text) as Plan<Body>
  } catch (cause) {
    throw new MqError('MQ_PLAN', 'the plan is not JSON', { cause })
  }
  if (plan === null || typeof plan !== 'object' || plan.format !== 1 || plan.body === undefined) {
    throw new MqError('MQ_PLAN', 'this is no plan that this mq can read')
  }
  if (plan.kind !== kind) throw new MqError('MQ_PLAN', `this is a plan for ${plan.kind}, not for ${kind}`)
  if (!isIntact(plan)) {
    throw new MqError('MQ_PLAN', 'the plan was changed after it was made: its hash is not that of its content', {
      hint: 'make it again; an assignment of your own goes in as a file in the format of kafka-reassign-partitions',
    })
  }
  return plan
}

/** What people compare and scripts pass: enough digits to name one plan. */
export function shortHash(plan: { readonly hash: string }): string {
  return plan.hash.slice(0, 12)
}

function hashOf(kind: string, cluster: string, body: Json): string {
  return createHash('sha256')
    .update(canonical({ body, cluster, format: 1, kind }))
    .digest('hex')
}
