/**
 * What it costs to keep what another program removes ten times a second: two `bowline up` as exit node of each other, the same
 * age, in two namespaces; `ip` removes the exception of one of them from the tunnel's table, nobody touches the other. CPU time
 * of all threads, in windows from the first removal on. Each round starts anew, so the first window has what a process compiles
 * and loads in its first minute. Needs root.
 */
import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { compare, type Bench, type BenchOptions, type Row } from './bench.ts';
import { keyPair } from './key-pair.ts';
import { useOf } from './proc.ts';
import { SIDES, UNDERLAY, withLab } from './tunnel/lab.ts';
import { bowlineUp, other, type Up } from './tunnel/products.ts';

const PORT = 51_820;
const TABLE = '51820';
/** Of the cable: it stays reachable beside the tunnel because of it. */
const EXCEPTION = '192.0.2.0/24';
const WINDOWS = 3;
const REMOVED_EVERY = 100;
/** What `up` itself left to do has mostly ended then. */
const SETTLED = 3_000;
const NAMED_WITHIN = 30_000;

interface Fought {
  /** % of one core in each window. */
  readonly shares: readonly number[];
  readonly namedAfterSeconds: number;
}

export const fight: Bench = {
  name: 'fight',
  what: 'CPU while another program removes a route ten times a second, beside the same process that is left alone',
  needs: 'root, iproute2',
  seconds: 20,
  async run({ rounds, seconds }: BenchOptions, say): Promise<Row[]> {
    if (process.getuid?.() !== 0) throw new Error('needs root, for network namespaces and devices');
    const ours: Fought[] = [];
    const alone: (readonly number[])[] = [];
    for (let round = 1; round <= rounds; round++) {
      const { fought, quiet } = await withLab(async (lab) => {
        const pair = lab.pair();
        const keys = { a: keyPair(), b: keyPair() };
        const up = { a: undefined as Up | undefined, b: undefined as Up | undefined };
        for (const side of SIDES) {
          const far = other(side);
          const config = `[Interface]\nPrivateKey = ${keys[side].privateKey}\nAddress = 10.9.0.${side === 'a' ? 1 : 2}/24\nListenPort = ${PORT}\n[Peer]\nPublicKey = ${keys[far].publicKey}\nAllowedIPs = 0.0.0.0/0\nEndpoint = ${UNDERLAY[far]}:${PORT}`;
          up[side] = await bowlineUp(lab, pair, side, config);
        }
        await wait(SETTLED);
        const opponent = spawn('ip', ['netns', 'exec', pair.name('a'), 'ip', '-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] });
        const every = setInterval(() => opponent.stdin.write(`route del throw ${EXCEPTION} table ${TABLE}\n`), REMOVED_EVERY);
        try {
          const named = namedAfter(up.a!);
          const [fought, quiet] = await Promise.all([shares(up.a!, seconds), shares(up.b!, seconds)]);
          return { fought: { shares: fought, namedAfterSeconds: await named }, quiet };
        } finally {
          clearInterval(every);
          opponent.kill('SIGKILL');
        }
      });
      ours.push(fought);
      alone.push(quiet);
      say(`round ${round}: ${fought.shares.map((share) => share.toFixed(2)).join(', ')} % in a fight, ${quiet.map((share) => share.toFixed(2)).join(', ')} % alone`);
    }
    const row = (what: string, of: (shares: readonly number[]) => number): Row =>
      compare(what, '% of a core', ours.map(({ shares }) => of(shares)), [{ name: 'left alone', version: 'the same build', samples: alone.map(of) }]);
    return [
      row(`the whole fight, ${WINDOWS * seconds} s`, (all) => all.reduce((sum, share) => sum + share, 0) / all.length),
      ...Array.from({ length: WINDOWS }, (_, i) => row(`${i * seconds} to ${(i + 1) * seconds} s`, (all) => all[i]!)),
      compare('until the opponent is named', 's', ours.map(({ namedAfterSeconds }) => namedAfterSeconds), []),
    ];
  },
};

async function shares({ end }: Up, seconds: number): Promise<number[]> {
  const found: number[] = [];
  for (let before = useOf(end.pid), i = 0; i < WINDOWS; i++) {
    await wait(seconds * 1_000);
    const now = useOf(end.pid);
    found.push((100 * (now.cpuSeconds - before.cpuSeconds)) / (Number(now.at - before.at) / 1e9));
    before = now;
  }
  return found;
}

/** Asked by its own command: asking costs the process too. */
async function namedAfter({ ask }: Up): Promise<number> {
  const began = performance.now();
  for (;;) {
    await wait(1_000);
    const { truths } = JSON.parse(await ask('status')) as { truths: { os: { detail: string | null } } };
    const seconds = (performance.now() - began) / 1_000;
    if (truths.os.detail?.startsWith(`ip keeps removing the exception ${EXCEPTION}`) === true) return seconds;
    if (seconds * 1_000 > NAMED_WITHIN) throw new Error(`not named after ${seconds.toFixed(0)} s: ${truths.os.detail ?? 'the system as it should be'}`);
  }
}
