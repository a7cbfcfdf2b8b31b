/** The numbers of fetch sessions (KIP-227), as both sides count them. */

export const NO_SESSION = 0
export const INITIAL_EPOCH = 0
export const FINAL_EPOCH = -1
const EPOCH_MAX = 0x7fffffff

/** 1, 2, … and from the largest back to 1: 0 and -1 have other meanings. */
export function nextEpoch(epoch: number): number {
  return epoch >= EPOCH_MAX ? 1 : epoch + 1
}
