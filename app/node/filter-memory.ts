/**
 * Answers "why does, or does not, a flow with this peer pass?": remembers what the packet thread was told of filter, peers
 * and own addresses, and the newest refusal that each peer sent. It explains; the packet thread decides, by the same
 * rules. References only, one entry a peer. Caller: the Node, which shows it every command it gives.
 */
import { explain, type Explanation } from '../filter/explain.ts';
import type { PeerId } from '../base/brand.ts';
import type { IpAddress } from '../base/ip.ts';
import type { DataplaneCommand, DataplaneFact, DataplanePeer, FilterSetup } from '../ports/dataplane.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/icmp-echo.ts';
import type { FilterVerdictView, FlowQuestion } from './types.ts';

type Refused = Extract<DataplaneFact, { kind: 'flow-refused' }>;

export class FilterMemory {
  readonly #peers = new Map<PeerId, DataplanePeer>();
  readonly #refused = new Map<PeerId, Refused>();
  #filter: FilterSetup = { kind: 'off' };
  #own: readonly IpAddress[] = [];

  note(command: DataplaneCommand): void {
    if (command.kind === 'set-filter') this.#filter = command.filter;
    else if (command.kind === 'identity') this.#own = command.addresses;
    else if (command.kind === 'put-peer') this.#peers.set(command.peer.id, command.peer);
    else if (command.kind === 'remove-peer') {
      this.#peers.delete(command.peer);
      this.#refused.delete(command.peer);
    }
  }

  noteRefused(fact: Refused): void {
    if (this.#peers.has(fact.peer)) this.#refused.set(fact.peer, fact);
  }

  /** `name`: how people call the peer. Undefined: no such peer. */
  why(id: PeerId, name: string, question: FlowQuestion): FilterVerdictView | undefined {
    const peer = this.#peers.get(id);
    if (peer === undefined) return undefined;
    const flow = { peer: name, protocol: question.protocol, port: question.port };
    const { why, family } = this.#inward(peer, question);
    const refused = this.#refused.get(id);
    return {
      inbound: {
        allowed: why.kind !== 'denied',
        rule: why.kind === 'allowed' ? why.rule.text : null,
        message:
          why.kind === 'allowed'
            ? { key: 'filter.in-allowed', ...flow, rule: why.rule.text, only: family }
            : why.kind === 'passes'
              ? { key: why.because === 'filter-off' ? 'filter.in-off' : 'filter.in-between-nodes', ...flow }
              : { key: 'filter.in-denied', ...flow, because: why.because },
      },
      outbound:
        refused !== undefined && fits(refused, question)
          ? { key: 'filter.out-refused', ...flow, reason: refused.reason, at: refused.at }
          : { key: 'filter.out', ...flow },
    };
  }

  /** From the peer's addresses to ours: the first pair that passes, and its family where the other family does not. */
  #inward(peer: DataplanePeer, { protocol, port }: FlowQuestion): { readonly why: Explanation; readonly family: 4 | 6 | null } {
    const answers = peer.allowedIps.flatMap(({ address: from, bits }) => {
      if (bits !== (from.family === 4 ? 32 : 128)) return [];
      const icmp = from.family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
      const flow = { from, jailed: peer.jailed === true, capabilities: peer.capabilities ?? [], protocol: protocol === 'icmp' ? icmp : protocol, port };
      return this.#own.filter((to) => to.family === from.family).map((to) => ({ family: from.family, why: explain(this.#filter, { ...flow, to }) }));
    });
    const passing = answers.filter(({ why }) => why.kind !== 'denied');
    const [best] = [...passing, ...answers];
    if (best === undefined) return { why: { kind: 'denied', because: 'no-shared-address' }, family: null };
    const everywhere = answers.every(({ family }) => passing.some((pass) => pass.family === family));
    return { why: best.why, family: everywhere ? null : best.family };
  }
}

function fits(refused: Refused, { protocol, port }: FlowQuestion): boolean {
  return refused.protocol === protocol && refused.destinationPort === port;
}
