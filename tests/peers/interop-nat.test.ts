/** A router that masquerades one side and forgets idle flows: persistent keepalive keeps the way in open, and nothing else does. */
import { afterEach, describe, expect, it } from 'vitest';
import { HERE, Lab, needPrograms, PORT, realPeers, THERE } from './lab.ts';
import { peerStatus } from './measure.ts';

needPrograms('nft');

/** ms: more than twice what the router remembers. */
const IDLE = 5_000;
const idle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, IDLE));

describe.each(realPeers())('NAT between Bowline and $name', ({ program }) => {
  let lab: Lab | undefined;
  afterEach(() => lab?.close());

  it('the other one behind it is reachable after idle time', async () => {
    lab = new Lab({ program, behindNat: 'there' });
    await lab.startThere({ peerWords: `endpoint 192.0.2.1:${PORT} persistent-keepalive 1` });
    const config = lab.config({ interfaceLines: `ListenPort = ${PORT}` }).replace(/^Endpoint = .*$/m, '');
    expect(lab.up(config)).toMatchObject({ status: 0 });
    // It calls at most 5 s after it called in vain.
    expect(lab.ping(THERE, '10.7.0.1', 30)).toBeGreaterThan(0);
    await idle();
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    expect(peerStatus(lab).path.via).toMatch(/^192\.0\.2\.254:\d+$/);
  });

  it('Bowline behind it is reachable after idle time, and without keepalive it is not', async () => {
    lab = new Lab({ program, behindNat: 'here' });
    await lab.startThere();
    const endpoint = `198.51.100.2:${PORT}`;
    expect(lab.up(lab.config({ endpoint, peerLines: 'PersistentKeepalive = 1' }))).toMatchObject({ status: 0 });
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    await idle();
    expect(lab.ping(THERE, '10.7.0.1')).toBe(3);
    expect(lab.wgShow('endpoints')).toContain('198.51.100.254:');
    expect(lab.bowline('down').status).toBe(0);
    expect(lab.up(lab.config({ endpoint }))).toMatchObject({ status: 0 });
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    // Shorter than the 10 s after which the last answer is acknowledged by itself.
    await idle();
    expect(lab.ping(THERE, '10.7.0.1')).toBe(0);
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    expect(lab.ping(THERE, '10.7.0.1')).toBe(3);
  });
});
