/** How far an operation is, from its journal alone: what `status` shows and what a resumed run starts from. */
import type { JournalEntry, Outcome } from './journal.ts'
import type { Json, Plan } from './plan.ts'

export interface StepState {
  readonly id: string
  /** What was there before its first attempt. */
  readonly before: Json
  state: 'begun' | 'done' | 'undone'
}

export interface OperationState {
  readonly plan: Plan
  /** Who began or last resumed it. */
  operator: string
  readonly begunAtMs: number
  lastAtMs: number
  /** Steps that were begun, in order. */
  readonly steps: StepState[]
  /** Undefined: not cancelled. */
  cancelling: { alsoDone: boolean } | undefined
  /** Why it stands still; undefined while it runs, and after a kill. */
  pausedBecause: string | undefined
  outcome: Outcome | undefined
  /** What steps could not take away again, by step. */
  readonly left: Map<string, Json>
}

/** Replays a journal; undefined when nothing was begun. */
export function replayJournal(entries: readonly JournalEntry[]): OperationState | undefined {
  const [first] = entries
  if (first?.type !== 'begun') return undefined
  const state: OperationState = {
    plan: first.plan,
    operator: first.operator,
    begunAtMs: first.atMs,
    lastAtMs: first.atMs,
    steps: [],
    cancelling: undefined,
    pausedBecause: undefined,
    outcome: undefined,
    left: new Map(),
  }
  for (const entry of entries) applyEntry(state, entry)
  return state
}

/** Brings `state` up to the entry. */
export function applyEntry(state: OperationState, entry: JournalEntry): void {
  state.lastAtMs = entry.atMs
  if (entry.type !== 'paused' && entry.type !== 'left') state.pausedBecause = undefined
  switch (entry.type) {
    case 'begun':
      break
    case 'resumed':
      state.operator = entry.operator
      break
    case 'step':
      state.steps.push({ id: entry.step, before: entry.before, state: 'begun' })
      break
    case 'step-done':
      setStep(state, entry.step, 'done')
      break
    case 'step-undone':
      setStep(state, entry.step, 'undone')
      break
    case 'left':
      if (entry.left === null) state.left.delete(entry.step)
      else state.left.set(entry.step, entry.left)
      break
    case 'paused':
      state.pausedBecause = entry.reason
      break
    case 'cancelling':
      state.cancelling = { alsoDone: entry.alsoDone || state.cancelling?.alsoDone === true }
      break
    case 'ended':
      state.outcome = entry.outcome
      break
  }
}

function setStep(state: OperationState, id: string, to: StepState['state']): void {
  const step = state.steps.find((one) => one.id === id)
  if (step !== undefined) step.state = to
}
