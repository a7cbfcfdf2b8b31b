/** A bug that is put into the product's text while the simulator is bundled, to see that it is caught. */
export interface PlantedBug {
  readonly name: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
  readonly kind: 'raft' | 'cluster'
  /** Caught within this many seeds from 1, or the gate fails. */
  readonly budgetSeeds: number
}
