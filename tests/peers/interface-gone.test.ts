/**
 * The tunnel's network device is deleted, made anew, renamed and fought over, and its cable pulled, on a real system while a
 * ping runs through it; and a storm of changes that are nobody's business. How long the ping was silent, and what was told.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Arrivals } from './arrivals.ts';
import { HERE, Lab, needPrograms, until, type Running } from './lab.ts';

needPrograms();

/** ms; what the fault may cost. */
const BACK_WITHIN = 2_000;
const PING_EVERY = '0.1';
const STORM = 5_000;

interface Entry {
  readonly cause: string;
  readonly action: string;
  readonly result: string | null;
  readonly durationMs: number | null;
}

describe.each([['fast', []], ['plain', ['--plain']]] as const)('the device of a tunnel on the %s path', (_, flags) => {
  let lab: Lab;
  let bowline: Running;
  let pinging: Running;
  let pings: Arrivals;
  const history = (): Entry[] => (JSON.parse(lab.bowline('history', '--json').out) as { entries: Entry[] }).entries;
  const device = (name: string): number => Number(/^(\d+):/.exec(lab.ip(HERE, `-o link show ${name}`).out)?.[1]);
  const changes = (): string[] => bowline.printed().split('\n').filter((line) => /the network (?:changed|is)/.test(line));
  /** ms from `since` until the pings were steady. */
  const back = async (since: number): Promise<number> => {
    await until(() => pings.steadyAfter(since, 500) !== undefined && performance.now() - since > 1_500, 'the ping is answered again', 30_000);
    return pings.steadyAfter(since, 500) ?? Infinity;
  };

  beforeAll(async () => {
    lab = new Lab();
    await lab.startThere();
  });
  afterAll(() => lab.close());
  beforeEach(async () => {
    bowline = lab.start(HERE, lab.command('up', '--foreground', ...flags, '--config', lab.file('wg0.conf', lab.config())));
    await until(() => bowline.printed().includes('is up: ') && lab.ping(HERE, '10.7.0.2', 1) === 1, 'the tunnel is up');
    pinging = lab.start(HERE, ['ping', '-D', '-i', PING_EVERY, '10.7.0.2']);
    pings = new Arrivals(pinging, 'bytes from');
    await until(() => pings.count(0) > 3, 'the ping is answered');
  });
  afterEach(async () => {
    pinging.child.kill();
    lab.bowline('down');
    await bowline.ended;
    lab.tryRun(HERE, ['ip', 'link', 'del', 'wg0']);
  });

  it('is made again when it was deleted, with its addresses and routes, in the same sessions', async () => {
    const before = device('wg0');
    const since = performance.now();
    lab.ip(HERE, 'link del wg0');
    expect(await back(since)).toBeLessThan(BACK_WITHIN);
    expect(device('wg0')).not.toBe(before);
    expect(lab.ip(HERE, '-o addr show wg0').out).toContain('10.7.0.1/24');
    expect(lab.ip(HERE, '-6 route show dev wg0').out).toContain('fd07::2');
    expect(history().at(-1)).toMatchObject({ cause: 'Network device wg0 was deleted', action: 'Made a new one', result: 'wg0 is there again', unreachable: ['bee'] });
    expect(JSON.parse(lab.bowline('status', '--json').out)).toMatchObject({ truths: { os: { state: 'ok', detail: 'Network device wg0 is set up, with 2 routes' } } });
    expect(changes()).toEqual([]);
  });

  it('is taken back when somebody deleted it and made one of its name', async () => {
    const since = performance.now();
    // Who is faster has the name; a device that somebody made to stay stays when we go.
    lab.tryRun(HERE, ['ip', '-batch', lab.file('batch', 'link del wg0\ntuntap add wg0 mode tun\nlink set wg0 up\n')]);
    expect(await back(since)).toBeLessThan(BACK_WITHIN);
    expect(lab.ping(HERE, 'fd07::2')).toBe(3);
  });

  it('is waited for while another program has its name, and had as soon as that one gives it back', async () => {
    lab.tryRun(HERE, ['ip', '-batch', lab.file('batch', 'link del wg0\nlink add wg0 type veth peer name other0\n')]);
    const taken = lab.ip(HERE, '-d link show wg0').out.includes('veth');
    if (taken) await until(() => history().at(-1)?.action.includes('tries') === true, 'it is tried again', 10_000);
    const since = performance.now();
    if (taken) lab.ip(HERE, 'link del other0');
    expect(await back(since)).toBeLessThan(BACK_WITHIN);
  });

  it('goes on under another name', async () => {
    const before = device('wg0');
    const since = performance.now();
    lab.ip(HERE, 'link set wg0 name wg7');
    expect(await back(since)).toBeLessThan(500);
    expect(device('wg7')).toBe(before);
    expect(history().at(-1)).toMatchObject({ cause: 'Network device wg0 is called wg7 now', result: 'nothing was interrupted' });
    lab.ip(HERE, 'link del wg7');
    expect(await back(performance.now())).toBeLessThan(BACK_WITHIN);
    expect(device('wg7')).not.toBe(before);
  });

  it('is left alone when other devices go, and when thousands of routes come and go', async () => {
    const before = device('wg0');
    const since = performance.now();
    lab.ip(HERE, 'tuntap add tun9 mode tun');
    lab.ip(HERE, 'link set tun9 name wg9');
    lab.ip(HERE, 'link del wg9');
    const routes = (word: string): string => Array.from({ length: STORM }, (_each, i) => `route ${word} 198.18.${i >> 8}.${i & 255}/32 via 192.0.2.2`).join('\n');
    lab.run(HERE, ['ip', '-batch', lab.file('add', routes('add'))]);
    lab.run(HERE, ['ip', '-batch', lab.file('del', routes('del'))]);
    await until(() => performance.now() - since > 2_000, 'the storm is over');
    expect(device('wg0')).toBe(before);
    expect(changes()).toEqual([]);
    expect(await back(since)).toBeLessThan(BACK_WITHIN);
    expect(history().filter(({ cause }) => cause.includes('device'))).toEqual([]);
  });

  it('has its cable pulled and put back five times, each of which is told once', async () => {
    for (let i = 0; i < 5; i++) {
      lab.ip(HERE, 'link set bowl-here down');
      await until(() => changes().length === 2 * i + 1, 'no network is told', 5_000);
      lab.ip(HERE, 'link set bowl-here up');
      lab.ip(HERE, 'route add default via 192.0.2.2');
      await until(() => changes().length >= 2 * i + 2, 'a network is told', 5_000);
      await until(() => performance.now() > 0 && lab.ping(HERE, '10.7.0.2', 1) === 1, 'the ping is answered', 10_000);
    }
    expect(changes().map((line) => (/is (down|up)/.exec(line)?.[1] ?? 'changed'))).toEqual(Array.from({ length: 5 }, () => ['down', 'up']).flat());
    expect(await back(performance.now() - 2_000)).toBeLessThan(BACK_WITHIN);
  });
});
