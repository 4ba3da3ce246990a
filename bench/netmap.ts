/**
 * A map of 10,000 peers in headscale's shape: milliseconds to make a view of the first message against plain JSON.parse
 * of the same text, microseconds for a change of one peer beside 100 and beside 10,000, and bytes of heap a peer.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MapSession } from '../app/control/map-session.ts';
import { wallTime } from '../app/time/instant.ts';
import { firstMap } from '../tests/kit/many-peers.ts';
import { compare, measure, microsecondsEach, type Bench, type Contender } from './bench.ts';

const MANY = 10_000;
const FEW = 100;
/** Changes in one sample. */
const CHANGES = 5_000;
const WALL = wallTime(1_795_000_000_000);

function begin(text: string): MapSession {
  const session = new MapSession();
  const applied = session.apply(text, WALL);
  if (applied.kind !== 'updated') throw new Error(`the map was not taken: ${applied.kind === 'refused' ? `${applied.reason.refused} at ${applied.field}` : applied.kind}`);
  return session;
}

/** Each as headscale sends it when a peer's endpoint changes; each is a change. */
function changes(name: string, peers: number): Contender {
  const session = begin(firstMap(peers));
  let n = 0;
  return {
    name,
    version: '',
    sample() {
      const messages = Array.from({ length: CHANGES }, () => {
        n++;
        return JSON.stringify({ PeersChangedPatch: [{ NodeID: 1 + ((n * 7_919) % peers), Endpoints: [`198.51.100.7:${1 + (n % 60_000)}`, '192.168.1.5:41641'] }], ControlTime: '2026-11-25T20:00:00Z' });
      });
      return microsecondsEach(CHANGES, () => {
        for (const message of messages) if (session.apply(message, WALL).kind !== 'updated') throw new Error('a change was not taken');
      });
    },
  };
}

/** What is left when the message is gone. */
function heapOf(text: string, peers: number): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('no garbage collector to call');
  collect();
  const before = process.memoryUsage();
  const session = begin(text);
  collect();
  const after = process.memoryUsage();
  const bytes = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  if (session.apply('{"KeepAlive":true}', WALL).kind !== 'keep-alive') throw new Error('the session is gone');
  return bytes / peers;
}

export const netmapBench: Bench = {
  name: 'netmap',
  what: 'first map of 10,000 peers against JSON.parse, a change of one peer, bytes a peer',
  needs: 'Node only',
  seconds: 30,
  async run({ rounds, note }, say) {
    const text = firstMap(MANY);
    note(`The message of ${MANY} peers has ${text.length} bytes.`);
    say('first map');
    const timed = (work: () => void) => () => microsecondsEach(1_000, work);
    const first = await measure(`first map of ${MANY} peers`, 'ms', [
      { name: 'bowline', version: '', sample: timed(() => void begin(text)) },
      { name: 'JSON.parse', version: process.version, sample: timed(() => void JSON.parse(text)) },
    ], rounds);
    say('one peer');
    const one = await measure(`a change of one peer of ${MANY}`, 'us', [changes(`of ${MANY}`, MANY), changes(`of ${FEW}`, FEW)], rounds);
    say('heap');
    const heap = Array.from({ length: rounds }, () => heapOf(text, MANY));
    return [first, one, compare('heap a peer', 'bytes', heap, [])];
  },
};
