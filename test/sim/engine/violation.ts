/** A broken promise of the code under test. `invariant` is its name in the catalogue (M1 … D1 … G1), or what went wrong. */
export class Violation extends Error {
  readonly invariant: string

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`)
    this.name = 'Violation'
    this.invariant = invariant
  }
}
