/**
 * Doubles of the machines of a mesh: the test says what they say, and sees what they were told. The path machine's double
 * sends each peer where the test's map says first, its first address and its home relay, so that packets have a way.
 */
import type { PeerId } from '../../app/base/brand.ts';
import type { NetcheckLike, PathsLike, PortMapLike, RelaysLike } from '../../app/node/mesh/machines.ts';
import type { NetcheckInput, NetcheckOutput, NetcheckReport } from '../../app/netcheck/types.ts';
import type { PathReport, PathsInput, PathsOutput } from '../../app/paths/types.ts';
import type { PortMapInput, PortMapOutput, PortMapReport } from '../../app/portmap/types.ts';
import type { RelayLinkEvent } from '../../app/ports/relay-link.ts';
import type { RelayInput, RelayOutput, RelayRegionState, RelaySink } from '../../app/relay/types.ts';
import type { Deadline } from '../../app/time/deadline.ts';
import { instant, type Instant } from '../../app/time/instant.ts';

class Fake<In, Out> {
  readonly inputs: In[] = [];
  readonly outputs: Out[] = [];

  handle(input: In, _now: Instant): void {
    this.inputs.push(input);
  }

  poll(): Out | undefined {
    return this.outputs.shift();
  }

  nextDeadline(): Deadline | undefined {
    return undefined;
  }

  expire(_now: Instant): void {}
}

export class FakePaths extends Fake<PathsInput, PathsOutput> implements PathsLike {
  readonly reports = new Map<PeerId, PathReport>();
  activePeers = 0;

  override handle(input: PathsInput, now: Instant): void {
    super.handle(input, now);
    if (input.kind === 'remove-peer') this.reports.delete(input.peer);
    if (input.kind !== 'put-peer') return;
    const { id, endpoints, homeRelay } = input.peer;
    const [endpoint] = endpoints;
    const relay = homeRelay === 0 ? undefined : homeRelay;
    this.reports.set(id, {
      kind: endpoint !== undefined ? 'direct' : relay !== undefined ? 'relay' : 'none',
      via: endpoint !== undefined ? { kind: 'direct', endpoint } : relay !== undefined ? { kind: 'relay', region: relay } : undefined,
      since: now,
      latencyMs: undefined,
      because: endpoint !== undefined ? undefined : relay !== undefined ? { kind: 'no-candidates' } : { kind: 'no-path-at-all' },
      nextTryAt: undefined,
      candidates: endpoints.map((candidate) => ({ endpoint: candidate, source: 'map', sent: 0, answered: 0, lastAnswerAt: undefined, latencyMs: undefined, badUntil: undefined })),
    });
    this.outputs.push({ kind: 'path', peer: id, direct: endpoint, relay }, { kind: 'changed', peer: id });
  }

  report(peer: PeerId): PathReport | undefined {
    return this.reports.get(peer);
  }
}

export class FakeRelays extends Fake<RelayInput, RelayOutput> implements RelaysLike {
  readonly sent: { region: number; destination: Uint8Array; packet: Uint8Array }[] = [];
  readonly received: RelayLinkEvent[] = [];
  readonly states = new Map<number, RelayRegionState>();
  /** Packets that the next link event brings. */
  readonly arriving: { region: number; source: Uint8Array; bytes: Uint8Array }[] = [];
  teardowns = 0;

  receive(event: RelayLinkEvent, _now: Instant, sink: RelaySink): void {
    this.received.push(event);
    for (const { region, source, bytes } of this.arriving.splice(0)) sink.packet(region, source, bytes);
  }

  send(region: number, destination: Uint8Array, packet: Uint8Array): 'sent' {
    this.sent.push({ region, destination, packet: packet.slice() });
    return 'sent';
  }

  state(region: number): RelayRegionState {
    return this.states.get(region) ?? { kind: 'idle' };
  }
}

export class FakePortMap extends Fake<PortMapInput, PortMapOutput> implements PortMapLike {
  settled = true;
  current: PortMapReport = { kind: 'unknown' };

  report(): PortMapReport {
    return this.current;
  }
}

export class FakeNetcheck extends Fake<NetcheckInput, NetcheckOutput> implements NetcheckLike {
  last: NetcheckReport | undefined;
  homeRelay: number | undefined;
}

export function report(change: Partial<NetcheckReport> = {}): NetcheckReport {
  return {
    at: instant(0),
    form: 'full',
    udp: true,
    ipv4: true,
    ipv6: false,
    mappingVariesByDestination: false,
    hairpin: undefined,
    captivePortal: undefined,
    globalV4: undefined,
    globalV6: undefined,
    latency: new Map(),
    homeRelay: undefined,
    ...change,
  };
}
