/**
 * Two network namespaces with a cable between them: in one Bowline, in the other wireguard-go. Every name begins with
 * bowl-; `close` ends what was started, by process id, and removes the namespaces. Needs root.
 *
 *   here 192.0.2.1, 2001:db8::1  ----  192.0.2.2, 2001:db8::2 there
 *
 * or, with `behindNat`, a router that masquerades that side and lets nothing new in from the other:
 *
 *   here 192.0.2.1  ----  192.0.2.254 router 198.51.100.254  ----  198.51.100.2 there
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../dist/app/cli/bowline.js', import.meta.url));
const CRASH = fileURLToPath(new URL('../../dist/tests/peers/crash-packets.js', import.meta.url));
/** Program and Debian's package with it: what every lab needs, and what some tests need. */
const PROGRAMS = { ip: 'iproute2', wg: 'wireguard-tools', 'wireguard-go': 'wireguard-go', ping: 'iputils-ping' } as const;
const MORE_PROGRAMS = { iperf3: 'iperf3', nft: 'nftables', tcpdump: 'tcpdump' } as const;
export const PORT = 51_820;

/** Throws, with what to install, unless this is root and all programs are here: a test that cannot run has failed. */
export function needPrograms(...more: readonly (keyof typeof MORE_PROGRAMS)[]): void {
  const needed: readonly (readonly [string, string])[] = [...Object.entries(PROGRAMS), ...more.map((program) => [program, MORE_PROGRAMS[program]] as const)];
  const missing = needed.filter(([program]) => !isHere(program));
  const lacking = [
    ...(process.getuid?.() === 0 ? [] : ['root']),
    ...(existsSync(COMMAND) ? [] : ['the build (npm run build)']),
    ...(missing.length === 0 ? [] : [`apt-get install ${missing.map(([, from]) => from).join(' ')}`]),
  ];
  if (lacking.length > 0) throw new Error(`these tests need ${lacking.join(', ')}`);
}

/** A wireguard-go to test against. */
export interface RealPeer {
  readonly name: string;
  readonly program: string;
}

/** Debian's wireguard-go, and the current one where Go is installed. Says so where it is not; where Go is and must not be skipped (CI), throws. */
export function realPeers(): readonly RealPeer[] {
  const debian: RealPeer = { name: "Debian's wireguard-go", program: 'wireguard-go' };
  const found = spawnSync('go', ['env', 'GOPATH'], { encoding: 'utf8' });
  if (found.status !== 0) {
    console.warn("Go is not installed: only Debian's wireguard-go is tested, not the current one");
    return [debian];
  }
  const program = join(found.stdout.trim(), 'bin', 'wireguard');
  if (existsSync(program)) return [debian, { name: 'the current wireguard-go', program }];
  const sentence = `the current wireguard-go is not at ${program}: go install golang.zx2c4.com/wireguard@latest`;
  if (process.env['CI'] === 'true') throw new Error(sentence);
  console.warn(`only Debian's wireguard-go is tested: ${sentence}`);
  return [debian];
}

export interface LabOptions {
  /** The program of the other namespace; Debian's wireguard-go by default. */
  readonly program?: string;
  /** Of the cable; 1500 by default. */
  readonly cableMtu?: number;
  readonly behindNat?: 'here' | 'there';
}

export interface ThereOptions {
  readonly addresses?: readonly string[];
  readonly allowedIps?: string;
  readonly presharedKey?: string;
  readonly privateKey?: string;
  readonly mtu?: number;
  /** Words of `wg set` for the peer, such as `endpoint 192.0.2.1:51820`. */
  readonly peerWords?: string;
}

/** A program that goes on while the test does. */
export interface Running {
  readonly child: ChildProcess;
  /** What it printed so far, both streams. */
  readonly printed: () => string;
  readonly ended: Promise<Ran>;
}

export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

/** Bowline's namespace, wireguard-go's, and the one between them. */
export type Side = 'here' | 'there' | 'router';
export const HERE: Side = 'here';
export const THERE: Side = 'there';
export const ROUTER: Side = 'router';
let labs = 0;

export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'bowl-lab-'));
  readonly #number = labs++;
  readonly #id = `bowl-${process.pid}${this.#number === 0 ? '' : `-${this.#number}`}`;
  readonly #program: string;
  readonly #sides: readonly Side[];
  readonly #started = new Set<ChildProcess>();
  #there: ChildProcess | undefined;
  readonly hereKey = keyPair();
  readonly thereKey = keyPair();
  /** Name of wireguard-go's device; its control socket is shared by all namespaces, so it is unique. */
  readonly thereDevice = `bowlwg${process.pid % 100_000}${this.#number === 0 ? '' : `-${this.#number}`}`;

  constructor(options: LabOptions = {}) {
    this.#program = options.program ?? 'wireguard-go';
    this.#sides = options.behindNat === undefined ? [HERE, THERE] : [HERE, THERE, ROUTER];
    try {
      this.#build(options);
    } catch (error) {
      // Nobody has the lab to close it.
      void this.close();
      throw error;
    }
  }

  #build(options: LabOptions): void {
    for (const side of this.#sides) {
      mkdirSync(`/etc/netns/${this.#name(side)}`, { recursive: true });
      writeFileSync(`/etc/netns/${this.#name(side)}/resolv.conf`, 'nameserver 192.0.2.2\noptions timeout:1 attempts:1\n');
      writeFileSync(`/etc/netns/${this.#name(side)}/hosts`, '127.0.0.1 localhost\n');
      ip(`netns add ${this.#name(side)}`);
    }
    if (options.behindNat === undefined) this.#cable(options.cableMtu ?? 1_500);
    else this.#routed(options.behindNat);
  }

  #cable(mtu: number): void {
    ip(`link add bowl-here mtu ${mtu} netns ${this.#name(HERE)} type veth peer name bowl-there mtu ${mtu} netns ${this.#name(THERE)}`);
    for (const side of this.#sides) {
      const last = side === HERE ? 1 : 2;
      // No link-local addresses: they come and go by themselves.
      this.ip(side, `link set bowl-${side} addrgenmode none`);
      this.ip(side, `addr add 192.0.2.${last}/24 dev bowl-${side}`);
      this.ip(side, `addr add 2001:db8::${last}/64 dev bowl-${side} nodad`);
      this.ip(side, 'link set lo up');
      this.ip(side, `link set bowl-${side} up`);
    }
    this.ip(HERE, 'route add default via 192.0.2.2');
    this.ip(HERE, '-6 route add default via 2001:db8::2');
  }

  /** The router forgets a flow that is idle for 2 s. */
  #routed(inside: 'here' | 'there'): void {
    for (const [side, net] of [[HERE, '192.0.2'], [THERE, '198.51.100']] as const) {
      ip(`link add bowl-${side} netns ${this.#name(side)} type veth peer name bowl-${side} netns ${this.#name(ROUTER)}`);
      this.ip(side, `addr add ${net}.${side === HERE ? 1 : 2}/24 dev bowl-${side}`);
      this.ip(ROUTER, `addr add ${net}.254/24 dev bowl-${side}`);
      for (const at of [side, ROUTER]) this.ip(at, `link set bowl-${side} up`);
      this.ip(side, 'link set lo up');
      this.ip(side, `route add default via ${net}.254`);
    }
    const outside = inside === HERE ? 'bowl-there' : 'bowl-here';
    const rules = `table ip bowl {
      chain nat { type nat hook postrouting priority 100; oifname "${outside}" masquerade random; }
      chain through { type filter hook forward priority 0; iifname "${outside}" ct state new drop; }
      chain in { type filter hook input priority 0; iifname "${outside}" ct state new drop; }
    }`;
    this.run(ROUTER, ['nft', '-f', this.file('router.nft', rules)]);
    this.run(ROUTER, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward; cd /proc/sys/net/netfilter; echo 2 > nf_conntrack_udp_timeout; echo 2 > nf_conntrack_udp_timeout_stream']);
  }

  /** Starts wireguard-go with Bowline as its peer, and waits until it listens. */
  async startThere(options: ThereOptions = {}): Promise<void> {
    const device = this.thereDevice;
    this.#there = this.#spawn(THERE, [this.#program, '-f', device]);
    await until(() => existsSync(`/var/run/wireguard/${device}.sock`), 'wireguard-go');
    const secret = this.file('there.key', options.privateKey ?? this.thereKey.secret);
    const preshared = options.presharedKey === undefined ? [] : ['preshared-key', this.file('there.psk', options.presharedKey)];
    const allowed = options.allowedIps ?? '10.7.0.1/32,fd07::1/128';
    this.run(THERE, ['wg', 'set', device, 'private-key', secret, 'listen-port', String(PORT), 'peer', this.hereKey.open, ...preshared, 'allowed-ips', allowed, ...(options.peerWords?.split(' ') ?? [])]);
    for (const address of options.addresses ?? ['10.7.0.2/24', 'fd07::2/64']) this.ip(THERE, `addr add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`);
    this.ip(THERE, `link set ${device} mtu ${options.mtu ?? 1_420} up`);
  }

  /** Kills wireguard-go as a power failure does: nothing is said to anybody. */
  async killThere(): Promise<void> {
    const child = this.#there;
    if (child === undefined) return;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await new Promise((done) => child.once('exit', done));
    rmSync(`/var/run/wireguard/${this.thereDevice}.sock`, { force: true });
    await until(() => !this.ip(THERE, '-br link').out.includes(this.thereDevice), 'its device goes');
  }

  /** `wg show` of wireguard-go, one word of it; `wg set` with these words. */
  wgShow(what: 'endpoints' | 'latest-handshakes' | 'transfer' | 'listen-port'): string {
    return this.run(THERE, ['wg', 'show', this.thereDevice, what]).out;
  }

  wgSet(words: string): void {
    this.run(THERE, ['wg', 'set', this.thereDevice, ...words.split(' ')]);
  }

  /** Starts a program and goes on; `close` ends it. */
  start(side: Side, command: readonly string[]): Running {
    const child = this.#spawn(side, command);
    const text = { out: '', error: '' };
    child.stdout?.on('data', (chunk: Buffer) => (text.out += chunk.toString('utf8')));
    child.stderr?.on('data', (chunk: Buffer) => (text.error += chunk.toString('utf8')));
    const ended = new Promise<Ran>((resolve) => child.once('close', (status) => resolve({ status, ...text })));
    return { child, printed: () => text.out + text.error, ended };
  }

  /** Text of a configuration for Bowline; `interfaceLines` and `peerLines` are added. */
  config(options: { readonly allowedIps?: string; readonly endpoint?: string; readonly privateKey?: string; readonly interfaceLines?: string; readonly peerLines?: string } = {}): string {
    return [
      '[Interface]',
      `PrivateKey = ${options.privateKey ?? this.hereKey.secret}`,
      'Address = 10.7.0.1/24, fd07::1/64',
      options.interfaceLines ?? '',
      '[Peer] # bee',
      `PublicKey = ${this.thereKey.open}`,
      `AllowedIPs = ${options.allowedIps ?? '10.7.0.2/32, fd07::2/128'}`,
      `Endpoint = ${options.endpoint ?? `192.0.2.2:${PORT}`}`,
      options.peerLines ?? '',
    ].join('\n');
  }

  /** Writes a file of mode 0600 into the lab's folder and returns its path. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  get state(): string {
    return join(this.folder, 'state');
  }

  /** The command `bowline` in Bowline's namespace, to its end. */
  bowline(...args: readonly string[]): Ran {
    return this.bowlineIn(this.state, ...args);
  }

  bowlineIn(state: string, ...args: readonly string[]): Ran {
    return this.tryRun(HERE, [process.execPath, COMMAND, ...args, '--state', state]);
  }

  /** The same as words, to be started. */
  command(...args: readonly string[]): string[] {
    return [process.execPath, COMMAND, ...args, '--state', this.state];
  }

  up(config: string, ...more: readonly string[]): Ran {
    return this.bowline('up', '--config', this.file('wg0.conf', config), ...more);
  }

  /** `up --foreground`, as a child of this process. Resolves when it says that it is up. */
  async upInForeground(config: string): Promise<{ readonly child: ChildProcess; readonly ended: Promise<number | null> }> {
    const { child } = this.beginUp(config);
    const ended = new Promise<number | null>((resolve) => child.once('exit', (status) => resolve(status)));
    await new Promise<void>((resolve, fail) => {
      let error = '';
      child.stdout?.once('data', () => resolve());
      child.stderr?.on('data', (text: Buffer) => (error += text.toString('utf8')));
      void ended.then((status) => fail(new Error(`it ended with ${status}: ${error}`)));
    });
    return { child, ended };
  }

  /** The same without waiting for anything. */
  beginUp(config: string): { readonly child: ChildProcess } {
    return { child: this.#spawn(HERE, [process.execPath, COMMAND, 'up', '--foreground', '--config', this.file('wg0.conf', config), '--state', this.state]) };
  }

  /** Process id of the Bowline that runs. */
  pid(): number {
    return Number(readFileSync(join(this.state, 'bowline.sock.pid'), 'utf8'));
  }

  /** Ends the packet worker of the Bowline that runs. A worker that sleeps notices with its next packet. */
  async crashPackets(): Promise<void> {
    process.kill(this.pid(), 'SIGUSR1');
    const crash = this.#spawn(HERE, [process.execPath, CRASH]);
    await until(() => {
      this.ping(HERE, '10.7.0.2', 1);
      return crash.exitCode !== null;
    }, 'the packet worker ends');
    if (crash.exitCode !== 0) throw new Error('the packet worker could not be ended');
  }

  /** Replies of `count` pings, one every 200 ms. */
  ping(side: Side, to: string, count = 3): number {
    const { out } = this.tryRun(side, ['ping', '-c', String(count), '-i', '0.2', '-W', '1', to]);
    return Number(/(\d+) received/.exec(out)?.[1] ?? 0);
  }

  /** Everything that a tunnel may change in Bowline's namespace, as text. Counters and lifetimes are left out. */
  picture(): string {
    const lines = ['-br addr', '-d link', 'route show table all', '-6 route show table all', 'rule', '-6 rule'].map((args) => this.ip(HERE, args).out);
    const files = this.run(HERE, ['sh', '-c', 'cat /etc/resolv.conf; stat -c "%F %a" /etc/resolv.conf; cd /proc/sys/net/ipv4/conf; grep . all/rp_filter default/rp_filter']).out;
    return [...lines, files].join('\n').replaceAll(/(?:expires|gso_|gro_|tso_)\S* \S+/g, '');
  }

  hosts(text: string): void {
    writeFileSync(`/etc/netns/${this.#name(HERE)}/hosts`, `127.0.0.1 localhost\n${text}\n`);
  }

  ip(side: Side, args: string): Ran {
    return this.run(side, ['ip', ...args.split(' ')]);
  }

  /** Throws what the program said when it fails. */
  run(side: Side, command: readonly string[]): Ran {
    const ran = this.tryRun(side, command);
    if (ran.status !== 0) throw new Error(`${command.join(' ')}: ${ran.error}${ran.out}`);
    return ran;
  }

  tryRun(side: Side, command: readonly string[]): Ran {
    const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', this.#name(side), ...command], { encoding: 'utf8', timeout: 60_000 });
    return { status, out: stdout, error: stderr };
  }

  async close(): Promise<void> {
    for (const side of this.#sides) {
      const pids = spawnSync('ip', ['netns', 'pids', this.#name(side)], { encoding: 'utf8' }).stdout.split(/\s+/).filter((pid) => pid !== '');
      for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
    }
    await Promise.all([...this.#started].map((child) => (child.exitCode === null && child.signalCode === null ? new Promise((done) => child.once('exit', done)) : undefined)));
    for (const side of this.#sides) {
      spawnSync('ip', ['netns', 'del', this.#name(side)]);
      rmSync(`/etc/netns/${this.#name(side)}`, { recursive: true, force: true });
    }
    rmSync(`/var/run/wireguard/${this.thereDevice}.sock`, { force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }

  #name(side: Side): string {
    return `${this.#id}-${side}`;
  }

  #spawn(side: Side, command: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#name(side), ...command], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LOG_LEVEL: 'error' } });
    child.stdout.resume();
    child.stderr.resume();
    this.#started.add(child);
    return child;
  }
}

export async function until(condition: () => boolean, what: string, withinMs = 15_000): Promise<void> {
  for (const end = Date.now() + withinMs; !condition(); ) {
    if (Date.now() > end) throw new Error(`${what}: not within ${withinMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function keyPair(): { readonly secret: string; readonly open: string } {
  const secret = execFileSync('wg', ['genkey'], { encoding: 'utf8' }).trim();
  return { secret, open: execFileSync('wg', ['pubkey'], { input: secret, encoding: 'utf8' }).trim() };
}

function ip(args: string): void {
  execFileSync('ip', args.split(' '), { stdio: 'pipe' });
}

function isHere(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}
