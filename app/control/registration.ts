/**
 * Who this node is to the server: which key is registered, which one is offered, who has to be asked, what is kept.
 *
 *   unproved --accepted--> member          a key of an earlier run is registered again first
 *   unproved --expired, unknown--> outsider(why) --trial accepted--> member
 *   member + trial: a renewal; the accepted key stays in use until the server takes the new one without a question
 *
 * One request at a time. A new key is handed out to be kept before it is offered. Caller: control.ts, which sends what
 * `next` wants over a connection that is up and acts on the Outcome of each answer.
 */
import { PrivateKey } from '../keys/keys.ts';
import type { PreAuthKey } from '../keys/pre-auth-key.ts';
import type { Deadline } from '../time/deadline.ts';
import { earlier } from '../time/deadline.ts';
import { after, type Duration, type Instant, type WallTime } from '../time/instant.ts';
import { registerBody } from './bodies.ts';
import { ANSWER_WITHIN, BUSY_WAIT, FOLLOW_UP_WITHIN, RETRY_AFTER_MOST } from './constants.ts';
import { QuadraticBackoff } from './quadratic-backoff.ts';
import { readRegisterAnswer } from './register-answer.ts';
import { cleanServerText } from './server-text.ts';
import { NO_KEYS, type ControlInit, type ControlKeys, type ControlOutput, type ControlTrouble, type HostFacts, type SignIn, type SignInReason } from './types.ts';

export type Standing =
  /** A stored key, not registered in this run yet. */
  | { readonly kind: 'unproved' }
  | { readonly kind: 'member' }
  | { readonly kind: 'outsider'; readonly why: SignInReason; readonly since: Instant };

/** What an answer, or its absence, comes to. */
export type Outcome =
  /** Go on with whatever is next. */
  | { readonly kind: 'go-on' }
  /** `keyChanged`: from now on with another node key. */
  | { readonly kind: 'member'; readonly keyChanged: boolean }
  | { readonly kind: 'failed'; readonly trouble: ControlTrouble; readonly waitMs?: Duration }
  /** `again` false: only a person can help. */
  | { readonly kind: 'refused'; readonly text: string; readonly again: boolean }
  /** A wait for a person has lasted so long that the connection may be dead. */
  | { readonly kind: 'refresh' }
  | { readonly kind: 'signed-out'; readonly serverKnows: boolean };

interface Trial {
  readonly key: PrivateKey;
  readonly why: SignInReason;
  readonly since: Instant;
  url: string | undefined;
  /** A person waits for the page: open the first address that comes. */
  open: boolean;
}

interface Asking {
  readonly id: number;
  readonly purpose: 'resume' | 'trial' | 'sign-out';
  readonly followUp: boolean;
  readonly until: Instant;
  readonly authKey: PreAuthKey | undefined;
}

export interface RegistrationInit extends Pick<ControlInit, 'crypto' | 'rng'> {
  readonly emit: (output: ControlOutput) => void;
  /** Sends a registration; returns the id of the request. */
  readonly send: (body: string) => number;
  readonly cancel: (id: number) => void;
}

export class Registration {
  readonly #init: RegistrationInit;
  readonly #follow: QuadraticBackoff;
  #keys: ControlKeys;
  #standing: Standing;
  #trial: Trial | undefined;
  #asking: Asking | undefined;
  #authKey: PreAuthKey | undefined;
  readonly #ephemeral: boolean;
  #signingOut = false;
  /** A server that answered 404 was asked to register again, and has sent no map since. */
  #triedAgain = false;
  /** Do not ask about the trial before. */
  #followAt: Instant | undefined;

  constructor(init: RegistrationInit, keys: ControlKeys, authKey: PreAuthKey | undefined, ephemeral: boolean, now: Instant) {
    this.#init = init;
    this.#follow = new QuadraticBackoff(init.rng);
    this.#keys = keys;
    this.#authKey = authKey;
    this.#ephemeral = ephemeral;
    this.#standing = keys.nodeKey === undefined ? { kind: 'outsider', why: { kind: 'first' }, since: now } : { kind: 'unproved' };
    if (keys.trialKey !== undefined) this.#trial = { key: keys.trialKey, why: keys.nodeKey === undefined ? { kind: 'first' } : { kind: 'asked' }, since: now, url: keys.pendingUrl, open: false };
  }

  get standing(): Standing {
    return this.#standing;
  }

  get keys(): ControlKeys {
    return this.#keys;
  }

  get isAsking(): boolean {
    return this.#asking !== undefined;
  }

  /** Raw public key of the accepted node key. */
  publicKey(): Uint8Array | undefined {
    return this.#keys.nodeKey === undefined ? undefined : this.#publicOf(this.#keys.nodeKey);
  }

  /** What a person is asked; undefined: nothing, or nothing yet. */
  signIn(): SignIn | undefined {
    const trial = this.#trial;
    if (this.#standing.kind === 'outsider') {
      const { why, since } = this.#standing;
      const quiet = trial?.url === undefined && (why.kind === 'first' || why.kind === 'asked' || this.#authKey !== undefined);
      return quiet ? undefined : { url: trial?.url, why, since };
    }
    if (trial === undefined || (trial.url === undefined && (trial.why.kind !== 'key-expired' || this.#authKey !== undefined))) return undefined;
    return { url: trial.url, why: trial.why, since: trial.since };
  }

  pin(serverKey: Uint8Array): void {
    this.#keep({ ...this.#keys, pinnedServerKey: serverKey.slice() });
  }

  /** A person asks, with a pre-auth key or for a page. */
  askSignIn(authKey: PreAuthKey | undefined, now: Instant): void {
    this.#authKey = authKey;
    this.#followAt = undefined;
    if (authKey !== undefined && this.#asking?.purpose === 'trial') this.#dropAsking();
    const trial = this.#trial ?? this.#begin(this.#standing.kind === 'outsider' ? this.#standing.why : { kind: 'asked' }, now);
    trial.open = authKey === undefined;
    if (authKey === undefined) this.#openOnce(trial);
    else if (trial.url !== undefined) this.#keepUrl(trial, undefined);
  }

  /** Undefined keys: nobody to sign out. */
  askSignOut(): void {
    this.#dropAsking();
    this.#signingOut = true;
  }

  /** 404 on a map: the node may have been removed. Once, the key is registered again; after that a person is asked. */
  unknownToServer(now: Instant): void {
    if (this.#triedAgain) {
      this.#becomeOutsider({ kind: 'removed' }, now);
      return;
    }
    this.#triedAgain = true;
    this.#standing = { kind: 'unproved' };
  }

  /** A map came: the server knows this node. */
  proved(): void {
    this.#triedAgain = false;
  }

  /** By the clock. The old key stays where it is. */
  keyEnded(at: WallTime | undefined, now: Instant): void {
    if (this.#trial === undefined) this.#begin({ kind: 'key-expired', at }, now);
  }

  /** The server gave the key more time: what was begun because of its end is dropped. */
  keyExtended(): void {
    if (this.#trial?.why.kind === 'key-expired' && this.#standing.kind === 'member') this.dropTrial();
  }

  /** The accepted key stays, and nothing else. */
  dropTrial(): void {
    if (this.#trial === undefined) return;
    if (this.#asking?.purpose === 'trial') this.#dropAsking();
    this.#trial = undefined;
    this.#keep({ ...this.#keys, trialKey: undefined, pendingUrl: undefined });
  }

  /** Signed out: as if never signed in. The owner wipes what was kept. */
  wiped(now: Instant): void {
    this.#keys = NO_KEYS;
    this.#standing = { kind: 'outsider', why: { kind: 'asked' }, since: now };
    this.#trial = undefined;
    this.#asking = undefined;
    this.#authKey = undefined;
    this.#signingOut = false;
    this.#followAt = undefined;
  }

  /** The connection is no more, and every request with it. */
  disconnected(): void {
    this.#asking = undefined;
  }

  /** Sends what is to be sent next, if anything is and nothing is under way. Only while the connection is up. */
  next(host: HostFacts, now: Instant): void {
    if (this.#asking !== undefined) return;
    const { nodeKey } = this.#keys;
    if (this.#signingOut) {
      if (nodeKey !== undefined) this.#ask('sign-out', nodeKey, host, now);
    } else if (this.#standing.kind === 'unproved') {
      // A server that forgot the old key has, most likely, taken the new one while nobody listened.
      const renewed = this.#triedAgain && this.#trial?.url !== undefined;
      if (renewed && this.#followAt !== undefined && this.#followAt > now) return;
      const key = renewed ? this.#trial?.key : nodeKey;
      if (key !== undefined) this.#ask(renewed ? 'trial' : 'resume', key, host, now);
    } else if (this.#standing.kind === 'outsider' || this.#trial !== undefined) {
      if (this.#followAt !== undefined && this.#followAt > now) return;
      this.#followAt = undefined;
      this.#ask('trial', (this.#trial ?? this.#begin(this.#standing.kind === 'outsider' ? this.#standing.why : { kind: 'asked' }, now)).key, host, now);
    }
  }

  /** Undefined: not an answer to anything asked here. */
  answered(id: number, status: number, retryAfterMs: Duration | undefined, body: string, now: Instant): Outcome | undefined {
    const asking = this.#asking;
    if (asking === undefined || asking.id !== id) return undefined;
    this.#asking = undefined;
    if (asking.purpose === 'sign-out') return { kind: 'signed-out', serverKnows: status === 200 && readRegisterAnswer(body).kind !== 'error' };
    if (status === 429) {
      const waitMs = usableWait(retryAfterMs) ?? this.busyWait();
      return { kind: 'failed', trouble: { kind: 'busy', during: 'register', waitMs }, waitMs };
    }
    const clean = (text: string): string => cleanServerText(text, asking.authKey?.expose());
    if (status >= 400 && status < 500 && status !== 404 && status !== 408 && status !== 425) return this.#refused(asking, clean(body));
    if (status !== 200) return { kind: 'failed', trouble: { kind: 'http', during: 'register', status, text: clean(body) } };
    const answer = readRegisterAnswer(body);
    switch (answer.kind) {
      case 'garbage':
        return { kind: 'failed', trouble: { kind: 'garbage', during: 'register', what: answer.what } };
      case 'error':
        return this.#refused(asking, clean(answer.text));
      case 'key-expired':
        return this.#expired(asking, now);
      case 'ask-person':
        return this.#askPerson(asking, answer.url, now);
      case 'accepted':
        return this.#accepted(asking);
      default:
        return answer satisfies never;
    }
  }

  /** A request broke without an answer, on a connection that stays. */
  broke(id: number): Outcome | undefined {
    if (this.#asking?.id !== id) return undefined;
    this.#asking = undefined;
    return { kind: 'failed', trouble: { kind: 'stream-closed' } };
  }

  nextDeadline(): Deadline | undefined {
    const answer: Deadline | undefined = this.#asking === undefined ? undefined : { at: this.#asking.until, why: 'control: no answer to a registration' };
    const follow: Deadline | undefined = this.#followAt === undefined || this.#asking !== undefined ? undefined : { at: this.#followAt, why: 'control: ask again whether someone signed in' };
    return earlier(answer, follow);
  }

  expire(now: Instant): Outcome | undefined {
    if (this.#followAt !== undefined && this.#followAt <= now) this.#followAt = undefined;
    const asking = this.#asking;
    if (asking === undefined || asking.until > now) return undefined;
    this.#dropAsking();
    return asking.followUp ? { kind: 'refresh' } : { kind: 'failed', trouble: { kind: 'no-answer', during: 'register', afterMs: ANSWER_WITHIN } };
  }

  #ask(purpose: Asking['purpose'], key: PrivateKey, host: HostFacts, now: Instant): void {
    const { nodeKey } = this.#keys;
    const trial = purpose === 'trial' ? this.#trial : undefined;
    const authKey = trial !== undefined && trial.url === undefined ? this.#authKey : undefined;
    const body = registerBody({
      key: this.#publicOf(key),
      oldKey: trial !== undefined && nodeKey !== undefined && nodeKey !== key ? this.#publicOf(nodeKey) : undefined,
      host,
      ephemeral: this.#ephemeral,
      authKey: authKey?.expose(),
      followup: trial?.url,
      signOut: purpose === 'sign-out',
    });
    const followUp = trial?.url !== undefined;
    this.#asking = { id: this.#init.send(body), purpose, followUp, until: after(now, followUp ? FOLLOW_UP_WITHIN : ANSWER_WITHIN), authKey };
  }

  #accepted(asking: Asking): Outcome {
    this.#standing = { kind: 'member' };
    this.#follow.reset();
    const trial = this.#trial;
    if (asking.purpose === 'trial' && trial !== undefined) {
      const keyChanged = trial.key !== this.#keys.nodeKey;
      this.#trial = undefined;
      this.#authKey = undefined;
      this.#keep({ ...this.#keys, nodeKey: trial.key, trialKey: undefined, pendingUrl: undefined });
      return { kind: 'member', keyChanged };
    }
    if (trial !== undefined && trial.url === undefined && !trial.open && this.#authKey === undefined) {
      // Offered in an earlier run that ended before the answer; the old key is good, so it was not taken.
      this.#trial = undefined;
      this.#keep({ ...this.#keys, trialKey: undefined });
    }
    return { kind: 'member', keyChanged: false };
  }

  #askPerson(asking: Asking, url: string, now: Instant): Outcome {
    if (asking.purpose === 'resume') {
      const other = this.#authKey !== undefined || this.#trial !== undefined;
      this.#becomeOutsider({ kind: 'removed' }, now, other ? undefined : this.#keys.nodeKey);
      if (other) return { kind: 'go-on' };
    }
    if (this.#standing.kind === 'unproved') this.#becomeOutsider({ kind: 'removed' }, now);
    const trial = this.#trial;
    if (trial === undefined) return { kind: 'go-on' };
    this.#authKey = undefined;
    if (trial.url !== url) this.#keepUrl(trial, url);
    this.#openOnce(trial);
    // A server that answers at once, each time, must not be asked in a hot loop.
    if (asking.followUp) this.#followAt = after(now, this.#follow.next());
    return { kind: 'go-on' };
  }

  #expired(asking: Asking, now: Instant): Outcome {
    if (asking.purpose === 'trial' && this.#trial?.key !== this.#keys.nodeKey) return { kind: 'failed', trouble: { kind: 'garbage', during: 'register', what: 'a new key called expired' } };
    if (this.#trial?.key === this.#keys.nodeKey) this.#trial = undefined;
    this.#becomeOutsider({ kind: 'key-expired', at: undefined }, now);
    return { kind: 'go-on' };
  }

  #refused(asking: Asking, text: string): Outcome {
    const again = asking.authKey === undefined;
    if (!again) this.#authKey = undefined;
    return { kind: 'refused', text, again };
  }

  /** `key`: which to offer; undefined: the trial there is, or a new one. */
  #becomeOutsider(why: SignInReason, now: Instant, key?: PrivateKey): void {
    this.#standing = { kind: 'outsider', why, since: now };
    if (key !== undefined) this.#trial = { key, why, since: now, url: undefined, open: false };
    else if (this.#trial === undefined) this.#begin(why, now);
    this.#keep({ ...this.#keys, trialKey: this.#trial?.key });
  }

  #begin(why: SignInReason, now: Instant): Trial {
    const bytes = new Uint8Array(32);
    this.#init.rng.fill(bytes);
    // RFC 7748 section 5.
    bytes[0]! &= 248;
    bytes[31] = (bytes[31]! & 127) | 64;
    const trial: Trial = { key: new PrivateKey(bytes), why, since: now, url: undefined, open: false };
    bytes.fill(0);
    this.#trial = trial;
    this.#keep({ ...this.#keys, trialKey: trial.key, pendingUrl: undefined });
    return trial;
  }

  #keepUrl(trial: Trial, url: string | undefined): void {
    trial.url = url;
    this.#keep({ ...this.#keys, pendingUrl: url });
  }

  #openOnce(trial: Trial): void {
    if (!trial.open || trial.url === undefined) return;
    trial.open = false;
    this.#init.emit({ kind: 'open-url', url: trial.url, why: 'sign-in' });
  }

  #keep(keys: ControlKeys): void {
    this.#keys = keys;
    this.#init.emit({ kind: 'keys', keys });
  }

  #dropAsking(): void {
    if (this.#asking !== undefined) this.#init.cancel(this.#asking.id);
    this.#asking = undefined;
  }

  /** For a server that is busy and does not say how long. */
  busyWait(): Duration {
    return BUSY_WAIT.least + (BUSY_WAIT.most - BUSY_WAIT.least) * this.#init.rng.fraction();
  }

  #publicOf(key: PrivateKey): Uint8Array {
    const out = new Uint8Array(32);
    this.#init.crypto.x25519Base(key.bytes, out);
    return out;
  }
}

/** A Retry-After that may be believed. */
export function usableWait(retryAfterMs: Duration | undefined): Duration | undefined {
  return retryAfterMs !== undefined && retryAfterMs >= 0 && retryAfterMs <= RETRY_AFTER_MOST ? retryAfterMs : undefined;
}
