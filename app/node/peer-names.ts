/** Names for peers of a map: the first label of the full name, or, where another peer has it, the full one. Stable: who has a
 *  name keeps it while its full name stays. Pure. Callers: tailnet-peers. */
import type { NetNode, NodeId } from '../wire/netmap/types.ts';

export class PeerNames {
  readonly #owners = new Map<string, NodeId>();
  readonly #names = new Map<NodeId, string>();

  /** The name of this node from now on. */
  name(node: NetNode): string {
    const before = this.#names.get(node.id);
    const [label, full, last] = wanted(node);
    if (before !== undefined && (before === label || before === full || before === last)) return before;
    this.release(node.id);
    const name = [label, full].find((text) => !this.#owners.has(text)) ?? last;
    this.#owners.set(name, node.id);
    this.#names.set(node.id, name);
    return name;
  }

  release(id: NodeId): void {
    const name = this.#names.get(id);
    if (name === undefined) return;
    this.#names.delete(id);
    this.#owners.delete(name);
  }
}

/** Of which the first one that is free is used; nobody else can want the last. */
function wanted(node: NetNode): [string, string, string] {
  const full = (node.name === '' ? node.hostname : node.name).slice(0, 200);
  const label = firstLabel(full);
  const last = `${full === '' ? 'node' : full} (${node.id})`;
  return [label === '' ? last : label, full === '' ? last : full, last];
}

export function firstLabel(fullName: string): string {
  const dot = fullName.indexOf('.');
  return dot < 0 ? fullName : fullName.slice(0, dot);
}
