/**
 * A port of our own at the router, so that peers can call us: NAT-PMP (RFC 6886) and PCP (RFC 6887), asked at once, PCP
 * preferred. Pure: datagrams to the gateway are outputs, what comes back is an input.
 *
 *   off -> probing -> asking -> mapped: resting -> (half of its lifetime) renewing -> resting
 *             |          |                 | a check of the network: asked for its epoch
 *           absent     refused             +-> the router restarted: mapped again at once
 *
 * Only answers of the gateway's own address, to what is asked now, on the socket of this attempt, count; those of PCP must
 * carry our nonce. Another network, gateway or port is another attempt. Where nobody answers, nothing is scheduled: a check of
 * the network asks again, seldom. It never decides whom we tell: a mapping behind another NAT is reported and not given out.
 *
 * UPnP is left out on purpose: a library for it brings sockets of its own, which no machine could own and no simulator
 * carry, and nine dependencies. Routers announce a restart by multicast, which takes a socket on a fixed port: the
 * epoch tells the same with the next check. Caller: node/mesh.
 */
import { equalEndpoint, equalIp, type IpEndpoint } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import { RingQueue } from '../base/ring.ts';
import type { Gateway, GatewayDatagram } from '../ports/gateway-link.ts';
import type { Rng } from '../ports/rng.ts';
import { Backoff } from '../time/backoff.ts';
import type { Deadline, Machine } from '../time/deadline.ts';
import { after, age, type Duration, type Instant } from '../time/instant.ts';
import { TokenBucket } from '../time/token-bucket.ts';
import { PORT_MAPPING_PORT } from '../wire/nat-pmp.ts';
import { PCP_NONCE } from '../wire/pcp.ts';
import { readAnswer, type Answer } from './answers.ts';
import {
  ABSENT_FOR,
  ABSENT_FOR_A_PERSON,
  BEGINS_BURST,
  BEGINS_EVERY,
  CHECK_APART,
  LIFETIME_S,
  PCP_FIRST,
  REFUSED_FIRST,
  REFUSED_MOST,
  RENEW_APART,
  RENEW_AT,
  RENEW_SPREAD,
  SHORTEST_LIFETIME_S,
  TRANSMIT_GAPS,
} from './constants.ts';
import { Session } from './session.ts';
import { deadlineOf, externalOf, isAsked, reportOf, type Asking, type Mapped, type State } from './state.ts';
import type { MappingCause, PortMapInput, PortMapOutput, PortMapProtocol, PortMapRefusal, PortMapReport } from './types.ts';

const OUTPUTS_WAITING = 64;
const SESSIONS_KEPT = 16;

export class PortMap implements Machine<PortMapInput, PortMapOutput> {
  readonly #rng: Rng;
  readonly #outputs = new RingQueue<PortMapOutput>(OUTPUTS_WAITING);
  readonly #begins = new TokenBucket(BEGINS_BURST, BEGINS_EVERY);
  readonly #refusals: Backoff;
  #state: State = { kind: 'off' };
  #wanted = false;
  #network: 'up' | 'down' = 'up';
  #gateway: Gateway | undefined;
  #port: number | undefined;
  #sockets = 0;
  /** The last of each gateway and port, open or not, newest first: the router may still hold what they were given. */
  #sessions: readonly Session[] = [];

  constructor({ rng }: { readonly rng: Rng }) {
    this.#rng = rng;
    this.#refusals = new Backoff({ firstMs: REFUSED_FIRST, capMs: REFUSED_MOST, factor: 2, jitter: 0.2 }, rng);
  }

  /** Nothing is on its way that the report waits for. */
  get settled(): boolean {
    const { kind } = this.#state;
    return kind !== 'held' && kind !== 'probing' && kind !== 'asking';
  }

  /** Where peers may call us. Undefined: nowhere. */
  get external(): IpEndpoint | undefined {
    return externalOf(this.#state);
  }

  report(): PortMapReport {
    return reportOf(this.#state);
  }

  handle(input: PortMapInput, now: Instant): void {
    switch (input.kind) {
      case 'wanted':
        if (input.on === this.#wanted) return;
        this.#wanted = input.on;
        this.#anew('delete', now);
        return;
      case 'gateway':
        if (isSame(this.#gateway, input.gateway)) return;
        this.#gateway = input.gateway;
        this.#refusals.reset();
        this.#anew('leave', now);
        return;
      case 'port':
        if (input.port === this.#port) return;
        this.#port = input.port;
        this.#anew('delete', now);
        return;
      case 'network':
        this.#network = input.now === 'down' ? 'down' : 'up';
        this.#refusals.reset();
        this.#anew('leave', now);
        return;
      case 'slept':
        if (this.#state.kind === 'mapped' && now < this.#state.expiresAt) this.#check(this.#state, now);
        else this.#anew('leave', now);
        return;
      case 'check':
        this.#checked(input.asked, now);
        return;
      case 'datagram':
        this.#take(input, now);
        return;
      default:
        return input satisfies never;
    }
  }

  poll(): PortMapOutput | undefined {
    return this.#outputs.shift();
  }

  nextDeadline(): Deadline | undefined {
    return deadlineOf(this.#state);
  }

  expire(now: Instant): void {
    const due = this.nextDeadline();
    if (due === undefined || due.at > now) return;
    const state = this.#state;
    switch (state.kind) {
      case 'off':
      case 'absent':
        return;
      case 'held':
      case 'refused':
        this.#begin(now);
        return;
      case 'probing':
        this.#probeAgain(state.session, state.asking, now);
        return;
      case 'asking': {
        const asking = this.#transmit(state.session, [state.session.askMapping(state.protocol)], state.asking, now);
        if (asking !== undefined) this.#state = { ...state, asking };
        else this.#denied(state.session, state.protocol, 'silent', 0, now);
        return;
      }
      case 'mapped':
        this.#mappedDue(state, now);
        return;
      default:
        return state satisfies never;
    }
  }

  // ---- beginning and ending

  /** What was known is void. delete: the router is told, for this is still its network. */
  #anew(how: 'delete' | 'leave', now: Instant): void {
    const { kind } = this.#state;
    if (kind === 'off' && !this.#mayAsk()) return;
    this.#end(how);
    if (this.#mayAsk()) this.#begin(now);
  }

  #mayAsk(): boolean {
    return this.#wanted && this.#network === 'up' && this.#gateway !== undefined && this.#port !== undefined;
  }

  #end(how: 'delete' | 'leave'): void {
    const state = this.#state;
    if (how === 'delete' && (state.kind === 'mapped' || state.kind === 'asking')) this.#send(state.session, state.session.deleteMapping(state.protocol));
    if (state.kind !== 'off') this.#put({ kind: 'link', command: { kind: 'close' } });
    this.#become({ kind: 'off' }, 'left');
  }

  #begin(now: Instant): void {
    const [gateway, port] = [this.#gateway, this.#port];
    if (gateway === undefined || port === undefined) return;
    if (!this.#begins.take(now)) {
      this.#become({ kind: 'held', until: this.#begins.freeAt(now) }, 'left');
      return;
    }
    const before = this.#sessions.find((each) => each.isFor(gateway, port));
    const session = new Session({ socket: ++this.#sockets, gateway, port, nonce: before?.nonce ?? this.#nonce(), wanted: before?.wanted ?? port });
    this.#sessions = [session, ...this.#sessions.filter((each) => each !== before)].slice(0, SESSIONS_KEPT);
    this.#probe(session, undefined, now);
  }

  /** Kept for one gateway, address and port: a router that has a mapping with another nonce refuses (RFC 6887 section 11.3). */
  #nonce(): Uint8Array {
    const nonce = new Uint8Array(PCP_NONCE);
    this.#rng.fillPublic(nonce);
    return nonce;
  }

  // ---- probing

  #probe(session: Session, before: Asking | undefined, now: Instant): void {
    const asking = this.#transmit(session, [session.askEpoch('PCP'), session.askEpoch('NAT-PMP')], before, now);
    if (asking === undefined) this.#become({ kind: 'absent', since: now }, 'left');
    else this.#become({ kind: 'probing', session, asking }, 'left');
  }

  #probeAgain(session: Session, asking: Asking, now: Instant): void {
    const { natPmp } = session;
    if (natPmp === undefined) this.#probe(session, asking, now);
    else if ('why' in natPmp) this.#refuse('NAT-PMP', natPmp.why, 0, now);
    else this.#ask(session, 'NAT-PMP', now);
  }

  #probed(session: Session, asking: Asking, answer: Answer, now: Instant): void {
    switch (answer.kind) {
      case 'here':
        this.#ask(session, 'PCP', now);
        return;
      case 'no-pcp':
        session.noPcp = true;
        if (session.natPmp !== undefined) this.#probeAgain(session, asking, now);
        return;
      case 'address':
      case 'no-address':
        session.natPmp = answer.kind === 'address' ? { address: answer.address } : { why: answer.why };
        if (session.noPcp) this.#probeAgain(session, asking, now);
        else this.#state = { kind: 'probing', session, asking: { sent: asking.sent, at: earliest(asking.at, after(now, PCP_FIRST)) } };
        return;
      case 'mapped':
      case 'refused':
        return;
      default:
        return answer satisfies never;
    }
  }

  // ---- asking for a mapping

  #ask(session: Session, protocol: PortMapProtocol, now: Instant): void {
    const asking = this.#transmit(session, [session.askMapping(protocol)], undefined, now);
    if (asking !== undefined) this.#become({ kind: 'asking', session, protocol, asking }, 'left');
  }

  /** PCP says no: NAT-PMP of the same router may say yes, where it knows another holder of our port by PCP. */
  #denied(session: Session, protocol: PortMapProtocol, why: PortMapRefusal, lifetimeS: number, now: Instant): void {
    if (protocol === 'PCP' && session.address !== undefined) this.#ask(session, 'NAT-PMP', now);
    else this.#refuse(protocol, why, lifetimeS, now);
  }

  /** `lifetimeS`: how long the router thinks that it will say so. */
  #refuse(protocol: PortMapProtocol, why: PortMapRefusal, lifetimeS: number, now: Instant): void {
    const wait = Math.max(this.#refusals.next(), Math.min(lifetimeS * 1_000, REFUSED_MOST));
    this.#become({ kind: 'refused', protocol, why, until: after(now, wait) }, 'refused');
  }

  #given(session: Session, answer: Extract<Answer, { readonly kind: 'mapped' }>, because: 'given' | 'restarted', now: Instant): void {
    const { protocol, port, lifetimeS } = answer;
    const address = answer.address ?? session.address;
    if (address?.family !== 4 || address.w3 === 0 || port === 0 || lifetimeS < SHORTEST_LIFETIME_S) return this.#refuse(protocol, 'nonsense', 0, now);
    const lifetime: Duration = Math.min(lifetimeS, LIFETIME_S) * 1_000;
    session.wanted = port;
    this.#refusals.reset();
    this.#become(
      { kind: 'mapped', session, protocol, external: { address, port }, expiresAt: after(now, lifetime), renewAt: after(now, lifetime * (RENEW_AT + RENEW_SPREAD * this.#rng.fraction())), work: { kind: 'resting' } },
      because,
    );
  }

  // ---- a mapping that stands

  #checked(asked: boolean, now: Instant): void {
    const state = this.#state;
    if (state.kind === 'mapped') {
      if (state.session.heardAt === undefined || age(state.session.heardAt, now) >= CHECK_APART) this.#check(state, now);
    } else if (state.kind === 'absent') {
      if (age(state.since, now) >= (asked ? ABSENT_FOR_A_PERSON : ABSENT_FOR)) this.#begin(now);
    } else if (state.kind === 'refused' && asked) {
      this.#begin(now);
    }
  }

  #check(state: Mapped, now: Instant): void {
    if (state.work.kind !== 'resting') return;
    const asking = this.#transmit(state.session, [state.session.askEpoch(state.protocol)], undefined, now);
    if (asking !== undefined) this.#state = { ...state, work: { kind: 'checking', asking } };
  }

  #renew(state: Mapped, before: Asking | undefined, restarted: boolean, now: Instant): void {
    const { session, protocol, expiresAt } = state;
    // NAT-PMP tells the outside address apart.
    const questions = protocol === 'NAT-PMP' ? [session.askEpoch(protocol), session.askMapping(protocol)] : [session.askMapping(protocol)];
    const asking = this.#transmit(session, questions, before, now);
    if (asking !== undefined) this.#state = { ...state, work: { kind: 'renewing', asking, restarted } };
    else this.#state = { ...state, work: { kind: 'resting' }, renewAt: after(now, Math.max(RENEW_APART, (expiresAt - now) / 2)) };
  }

  #mappedDue(state: Mapped, now: Instant): void {
    const { work, session, protocol, expiresAt } = state;
    if (expiresAt <= now) {
      this.#become({ kind: 'off' }, 'expired');
      this.#begin(now);
      return;
    }
    switch (work.kind) {
      case 'resting':
        this.#renew(state, undefined, false, now);
        return;
      case 'checking': {
        const asking = this.#transmit(session, [session.askEpoch(protocol)], work.asking, now);
        if (asking !== undefined) this.#state = { ...state, work: { kind: 'checking', asking } };
        // Silent: it may be on its way up, and what was lost is asked for by the renewal too.
        else this.#renew(state, undefined, false, now);
        return;
      }
      case 'renewing':
        this.#renew(state, work.asking, work.restarted, now);
        return;
      default:
        return work satisfies never;
    }
  }

  #answered(state: Mapped, answer: Answer, now: Instant): void {
    const { session, work, protocol } = state;
    const restarted = session.heard(answer, now);
    switch (answer.kind) {
      case 'mapped':
        this.#given(session, answer, restarted || (work.kind === 'renewing' && work.restarted) ? 'restarted' : 'given', now);
        return;
      case 'refused':
        this.#refuse(protocol, answer.why, answer.lifetimeS, now);
        return;
      case 'no-address':
        session.natPmp = { why: answer.why };
        this.#refuse(protocol, answer.why, 0, now);
        return;
      case 'address':
        session.natPmp = { address: answer.address };
        if (!equalIp(state.external.address, answer.address)) this.#become({ ...state, external: { address: answer.address, port: state.external.port } }, 'given');
        break;
      case 'here':
      case 'no-pcp':
        break;
      default:
        return answer satisfies never;
    }
    const standing = this.#state;
    if (standing.kind !== 'mapped') return;
    if (work.kind === 'renewing') this.#state = { ...standing, work: { ...work, restarted: work.restarted || restarted } };
    else if (restarted) this.#renew(standing, undefined, true, now);
    else this.#state = { ...standing, work: { kind: 'resting' } };
  }

  // ---- datagrams

  #take(datagram: GatewayDatagram, now: Instant): void {
    const state = this.#state;
    if (state.kind !== 'probing' && state.kind !== 'asking' && state.kind !== 'mapped') return;
    const { session } = state;
    if (!session.isOf(datagram)) return;
    const answer = readAnswer(datagram.bytes);
    if (isReject(answer)) return;
    if ((answer.kind === 'mapped' || answer.kind === 'refused') && !session.isAbout(answer)) return;
    switch (state.kind) {
      case 'probing':
        session.heard(answer, now);
        this.#probed(session, state.asking, answer, now);
        return;
      case 'asking':
        this.#askedAnswer(state, answer, now);
        return;
      case 'mapped':
        if (answer.protocol === state.protocol && isAsked(state.work, answer)) this.#answered(state, answer, now);
        return;
      default:
        return state satisfies never;
    }
  }

  #askedAnswer({ session, protocol }: Extract<State, { readonly kind: 'asking' }>, answer: Answer, now: Instant): void {
    session.heard(answer, now);
    // Of the probe that PCP won.
    if (answer.kind === 'address') session.natPmp ??= { address: answer.address };
    if (answer.protocol !== protocol) return;
    if (answer.kind === 'mapped') this.#given(session, answer, 'given', now);
    else if (answer.kind === 'refused') this.#denied(session, protocol, answer.why, answer.lifetimeS, now);
  }

  // ---- outputs

  /** The next transmission of a question; undefined: it had all of them, and no answer. */
  #transmit(session: Session, questions: readonly Uint8Array[], before: Asking | undefined, now: Instant): Asking | undefined {
    const sent = before?.sent ?? 0;
    const gap = TRANSMIT_GAPS[sent];
    if (gap === undefined) return undefined;
    for (const question of questions) this.#send(session, question);
    return { sent: sent + 1, at: after(now, gap) };
  }

  #send({ socket, gateway }: Session, bytes: Uint8Array): void {
    this.#put({ kind: 'link', command: { kind: 'send', socket, gateway, port: PORT_MAPPING_PORT, bytes } });
  }

  /** Every change of state that others can see. `because`: what it means for the mapping. */
  #become(state: State, because: Exclude<MappingCause, 'moved'>): void {
    const before = { report: this.report(), external: this.external, protocol: protocolOf(this.#state) };
    this.#state = state;
    const external = this.external;
    const protocol = protocolOf(state) ?? before.protocol;
    const moves = !equalEndpoint(before.external, external);
    if (protocol !== undefined && (moves || (because === 'restarted' && external !== undefined))) {
      this.#put({ kind: 'mapping', external, protocol, because: because === 'given' && before.external !== undefined ? 'moved' : because });
    }
    const report = this.report();
    if (moves || report.kind !== before.report.kind || report.kind === 'refused' || report.kind === 'behind-another-nat') this.#put({ kind: 'changed' });
  }

  #put(output: PortMapOutput): void {
    if (!this.#outputs.push(output)) throw new Error('port mapping outputs are not drained');
  }
}

function protocolOf(state: State): PortMapProtocol | undefined {
  return state.kind === 'mapped' ? state.protocol : undefined;
}

function isSame(a: Gateway | undefined, b: Gateway | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalIp(a.address, b.address) && equalIp(a.own, b.own));
}

function earliest(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}
