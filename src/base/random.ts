/** The chance port: seeded in simulation, the system's generator in production. */

export interface Random {
  /** Uniform in [0, bound); `bound` is 1 to 2^31. */
  int(bound: number): number
  /** `count` fresh random bytes. */
  bytes(count: number): Buffer
}
