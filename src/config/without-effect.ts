/**
 * The one place that says which known keys change nothing in the bundled broker yet. They are validated, stored and
 * described all the same; `mq config explain` and the documentation say that they have no effect.
 */

const withoutEffect: Readonly<Record<'topic' | 'group' | 'broker', ReadonlySet<string>>> = {
  topic: new Set(),
  group: new Set(),
  broker: new Set(),
}

/** False for a key that the bundled broker only stores. */
export function hasEffect(kind: 'topic' | 'group' | 'broker', name: string): boolean {
  return !withoutEffect[kind].has(name)
}
