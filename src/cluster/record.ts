/** The record of a cluster while a command changes it: each change is on disk when the method returns. */
import { type ClusterState, type NodeState, readCluster, removeClusterState, stopped, writeCluster } from './state.ts'

export class ClusterRecord {
  #state: ClusterState

  /** Begins with what is on record, or with a cluster without nodes, which is not written yet. */
  constructor(name: string, before: ClusterState | undefined) {
    this.#state = before ?? { format: 1, name, clusterId: null, engine: 'bundled', nodes: [] }
  }

  get state(): ClusterState {
    return this.#state
  }

  node(id: number): NodeState | undefined {
    return this.#state.nodes.find((node) => node.id === id)
  }

  /** Adds or replaces a node. */
  put(node: NodeState): void {
    const others = this.#state.nodes.filter(({ id }) => id !== node.id)
    this.#write({ ...this.#state, nodes: [...others, node].sort((one, other) => one.id - other.id) })
  }

  /** Forgets a node, and with the last one the cluster. */
  remove(id: number): void {
    const nodes = this.#state.nodes.filter((node) => node.id !== id)
    if (nodes.length > 0) this.#write({ ...this.#state, nodes })
    else {
      this.#state = { ...this.#state, nodes }
      removeClusterState(this.#state.name)
    }
  }

  /** The process of the node is gone. */
  markStopped(id: number): void {
    const node = this.node(id)
    if (node !== undefined) this.put(stopped(node))
  }

  setClusterId(clusterId: string | null): void {
    if (clusterId !== this.#state.clusterId) this.#write({ ...this.#state, clusterId })
  }

  setFounders(founders: string | undefined): void {
    const { founders: before, ...rest } = this.#state
    if (before === founders) return
    this.#write(founders === undefined ? rest : { ...rest, founders })
  }

  /** Takes up what another command has written meanwhile. */
  reload(): void {
    this.#state = readCluster(this.#state.name) ?? this.#state
  }

  #write(state: ClusterState): void {
    this.#state = state
    // A cluster that has no node yet is nothing that could be stopped or wiped.
    if (state.nodes.length > 0) writeCluster(state)
  }
}
