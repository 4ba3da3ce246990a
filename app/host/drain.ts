/**
 * The one drain loop of the host, used by the event-thread runner and by the packet loop alike: mutate once, drain to
 * undefined, then wait. It interprets nothing itself.
 */

/** Hands every output that waits to `interpret`, in order. `interpret` must not mutate the machine: it queues instead. */
export function drain<Out>(machine: { poll(): Out | undefined }, interpret: (output: Out) => void): void {
  for (let output = machine.poll(); output !== undefined; output = machine.poll()) interpret(output);
}
