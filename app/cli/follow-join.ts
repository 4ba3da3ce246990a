/**
 * Follows how a sign-in goes and tells it on the terminal: each phase once, then its age and the last error while it
 * lasts, the address to sign in at, and after 15 s what one may do. Ends when the network is joined, or when nothing goes
 * on without a person. It reads snapshots and asks for nothing.
 */
import { refusal } from '../api/answers.ts';
import type { Checked, Snapshot } from '../api/schema.ts';
import { formatAge, say } from '../api/words.ts';
import { translator, type Values } from '../language/texts.ts';

/** ms. */
const LOOK_EVERY = 250;
const NEXT_STEP_AFTER = 15_000;
/** Looks. A sandbox runs in memory. */
const SETTLED_AFTER = 4;
/** A phase that lasts is told again after these. ms. */
const TELL_AGAIN_AFTER = [5_000, 15_000, 30_000, 60_000, 120_000, 300_000] as const;

export interface Joined {
  readonly account: string;
  readonly server: string;
  readonly name: string;
  readonly user: string | null;
  readonly addresses: readonly string[];
  readonly devices: number;
}

export interface FollowInit {
  readonly snapshot: () => Promise<Checked<Snapshot>>;
  /** A line for a person; never part of the JSON. */
  readonly tell: (line: string) => void;
  readonly wait: (ms: number) => Promise<void>;
  /** ms; undefined: until it is joined. */
  readonly within: number | undefined;
}

const { text } = translator('en');

export async function followJoin(init: FollowInit): Promise<Checked<Joined>> {
  const teller = new PhaseTeller(init.tell);
  let runningFor = 0;
  for (let waited = 0; ; waited += LOOK_EVERY) {
    const taken = await init.snapshot();
    if (!taken.ok) return taken;
    runningFor = taken.value.account?.phase === 'running' ? runningFor + 1 : 0;
    const end = outcome(taken.value, runningFor >= SETTLED_AFTER);
    if (end !== undefined) return end;
    if (init.within !== undefined && waited >= init.within) {
      return refusal('not-joined', 'cli.not-joined', { seconds: init.within / 1_000, phase: phaseWords(taken.value) });
    }
    teller.look(taken.value, waited);
    await init.wait(LOOK_EVERY);
  }
}

/** Undefined: it goes on. `settled`: it runs for so long that a system that is not told to be set up is not touched at all. */
function outcome(snapshot: Snapshot, settled: boolean): Checked<Joined> | undefined {
  const { account, truths, now } = snapshot;
  if (account === null) return refusal('no-account', 'cli.no-account');
  switch (account.phase) {
    case 'running': {
      if (account.signInUrl !== null || snapshot.self.addresses.length === 0) return undefined;
      if (truths.os.state === 'down') return refusal('not-set-up', 'cli.not-set-up', { detail: say(truths.os.detail, now) });
      if (truths.os.state !== 'ok' && !settled) return undefined;
      const { server, name, user } = account;
      return { ok: true, value: { account: snapshot.accounts.find((each) => each.active)?.id ?? server, server, name, user, addresses: snapshot.self.addresses, devices: snapshot.peers.length } };
    }
    case 'refused':
      return account.nextTryAt === null ? refusal('refused', 'cli.refused', { phase: phaseWords(snapshot) }) : undefined;
    case 'key-changed':
      return refusal('key-changed', 'cli.key-question', keyValues(account.server, account.keyChange));
    case 'signed-out':
      return refusal('signed-out', 'cli.signed-out', { phase: phaseWords(snapshot) });
    case 'off':
    case 'waiting-for-network':
    case 'connecting':
    case 'registering':
    case 'sign-in':
    case 'fetching-map':
    case 'backing-off':
    case 'signing-out':
      return undefined;
    default:
      return account.phase satisfies never;
  }
}

function keyValues(server: string, keys: { readonly pinned: string; readonly offered: string } | null): Values {
  return { server, known: keys === null ? 'no' : 'yes', pinned: keys?.pinned ?? '', offered: keys?.offered ?? '' };
}

const phaseWords = (snapshot: Snapshot): string => say(snapshot.truths.control.detail, snapshot.now);

class PhaseTeller {
  readonly #tell: (line: string) => void;
  #phase = '';
  #told = 0;
  #said = '';
  #url: string | null = null;
  #hinted = false;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  look(snapshot: Snapshot, waited: number): void {
    const { account, now } = snapshot;
    if (account === null) return;
    if (account.signInUrl !== null) {
      if (account.signInUrl !== this.#url) this.#tell(text('cli.sign-in-at', { url: account.signInUrl }));
      this.#url = account.signInUrl;
      return;
    }
    const age = now - account.phaseSinceAt;
    if (account.phase !== this.#phase) {
      this.#phase = account.phase;
      this.#told = 0;
      const words = phaseWords(snapshot);
      // An attempt that ends as the one before is no news.
      if (words !== this.#said) this.#tell(`${words}.`);
      this.#said = words;
      return;
    }
    if (age >= (TELL_AGAIN_AFTER[this.#told] ?? Infinity)) {
      this.#told++;
      this.#tell(text('cli.phase', { phase: phaseWords(snapshot), age: formatAge(age), error: account.lastError === null ? 'none' : say(account.lastError, now) }));
    }
    if (this.#hinted || waited < NEXT_STEP_AFTER) return;
    this.#hinted = true;
    this.#tell(text('cli.hint', { server: account.server }));
  }
}

export function joinedText({ server, name, user, addresses, devices }: Joined): string {
  return text('cli.joined', { server, name, known: user === null ? 'no' : 'yes', user: user ?? '', addresses: addresses.join(', '), devices });
}
