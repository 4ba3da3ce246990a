/**
 * Rooms: network namespaces on one segment. The first room is the switch: its bridge joins the cables of all others, so what
 * its own firewall drops never touches what two others say to each other. Every name begins with bowl-. Nothing here
 * blocks, so that several labs can run side by side. `close` ends what runs in the rooms, by process id, and removes
 * them with their files; it also happens when this process exits. Needs root.
 *
 *   switch 192.0.2.1, 2001:db8::1   room 1: 192.0.2.11, 2001:db8::11   room 2: 192.0.2.12, ...
 *
 * A room may have another one behind it, at 10.N.0.2, for which it is the way out (IPv4 alone).
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a program printed and how it ended; null: by a signal. */
export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

/** A program that goes on while the test does. */
export interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly error: () => string;
  readonly ended: Promise<Ran>;
}

export type Environment = Readonly<Record<string, string>>;

export interface RoomAddresses {
  readonly ipv4: string;
  /** '': it has none. */
  readonly ipv6: string;
}

/** Of what a program printed, kept for a failing test: the newest characters. */
const KEPT = 200_000;
/** ms that a program may take that is run to its end. */
const AT_MOST = 90_000;
let segments = 0;

export class Room {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly #started = new Set<ChildProcess>();

  /** Only a `Segment` makes rooms. */
  constructor(name: string, { ipv4, ipv6 }: RoomAddresses) {
    this.name = name;
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    mkdirSync(`/etc/netns/${name}`, { recursive: true });
    writeFileSync(`/etc/netns/${name}/resolv.conf`, 'nameserver 192.0.2.254\noptions timeout:1 attempts:1\n');
    this.hosts('');
  }

  /** Names that the room can look up. Its name server, 192.0.2.254, does not exist: every other name is unknown after 1 s. */
  hosts(lines: string): void {
    writeFileSync(`/etc/netns/${this.name}/hosts`, `127.0.0.1 localhost\n${lines}\n`);
  }

  async ip(args: string): Promise<string> {
    return (await this.run(['ip', ...args.split(' ')])).out;
  }

  /** Throws what the program said when it fails. */
  async run(command: readonly string[], environment: Environment = {}): Promise<Ran> {
    const ran = await this.tryRun(command, environment);
    if (ran.status !== 0) throw new Error(`${command.join(' ')}: ${ran.status} ${ran.error}${ran.out}`);
    return ran;
  }

  tryRun(command: readonly string[], environment: Environment = {}): Promise<Ran> {
    return toTheEnd(['ip', 'netns', 'exec', this.name, ...command], environment);
  }

  /** Starts a program and goes on; the end of the segment ends it. */
  start(command: readonly string[], environment: Environment = {}): Running {
    const child = spawn('ip', ['netns', 'exec', this.name, ...command], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    const text = { out: '', error: '' };
    child.stdout.on('data', (chunk: Buffer) => (text.out = (text.out + chunk.toString('utf8')).slice(-KEPT)));
    child.stderr.on('data', (chunk: Buffer) => (text.error = (text.error + chunk.toString('utf8')).slice(-KEPT)));
    this.#started.add(child);
    const ended = new Promise<Ran>((resolve) => child.once('close', (status) => resolve({ status, ...text })));
    return { child, out: () => text.out, error: () => text.error, ended };
  }

  /** Replies of `count` pings, one every 200 ms. */
  async pings(to: string, count = 3): Promise<number> {
    const { out } = await this.tryRun(['ping', '-c', String(count), '-i', '0.2', '-w', String(Math.ceil(count / 5) + 1), to]);
    return Number(/(\d+) received/.exec(out)?.[1] ?? 0);
  }

  /** Kills what runs in the room. Blocks, because it must also work when this process exits. */
  kill(): void {
    for (const pid of spawnSync('ip', ['netns', 'pids', this.name], { encoding: 'utf8' }).stdout.split(/\s+/)) {
      if (pid === '') continue;
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
  }

  async ended(): Promise<void> {
    await Promise.all([...this.#started].map((child) => (child.exitCode === null && child.signalCode === null ? new Promise((done) => child.once('exit', done)) : undefined)));
  }

  remove(): void {
    spawnSync('ip', ['netns', 'del', this.name]);
    rmSync(`/etc/netns/${this.name}`, { recursive: true, force: true });
  }
}

export class Segment {
  readonly id = `bowl-${process.pid}-s${segments++}`;
  /** Files of mode 0600 and everything that programs leave: it goes with the segment. */
  readonly folder = mkdtempSync(join(tmpdir(), 'bowl-segment-'));
  readonly switch: Room;
  readonly rooms: readonly Room[];
  readonly #behind: Room[] = [];
  readonly #atExit = (): void => this.#clear();

  /** `build` must follow, and `close` in any case. */
  constructor(rooms: number) {
    process.once('exit', this.#atExit);
    this.switch = new Room(`${this.id}-switch`, onSegment(1));
    this.rooms = Array.from({ length: rooms }, (_, at) => new Room(`${this.id}-${at + 1}`, onSegment(11 + at)));
  }

  async build(): Promise<void> {
    for (const room of [this.switch, ...this.rooms]) {
      await mustRun(`ip netns add ${room.name}`);
      await room.ip('link set lo up');
    }
    await this.switch.ip('link add seg0 type bridge');
    // No link-local addresses: they come and go by themselves.
    await this.switch.ip('link set seg0 addrgenmode none up');
    await this.#address(this.switch, 'seg0');
    for (const [at, room] of this.rooms.entries()) {
      await mustRun(`ip link add lan0 netns ${room.name} type veth peer name port${at + 1} netns ${this.switch.name}`);
      await this.switch.ip(`link set port${at + 1} addrgenmode none master seg0 up`);
      await room.ip('link set lan0 addrgenmode none up');
      await this.#address(room, 'lan0');
      await room.ip('route add default via 192.0.2.1');
    }
  }

  /** A room whose only way out is `router`, by the cable `home0` - `lan0`. N of its address: that of the room on the segment. */
  async roomBehind(router: Room): Promise<Room> {
    const net = `10.${this.rooms.indexOf(router) + 1}.0`;
    const room = new Room(`${router.name}b`, { ipv4: `${net}.2`, ipv6: '' });
    this.#behind.push(room);
    await mustRun(`ip netns add ${room.name}`);
    await room.ip('link set lo up');
    await mustRun(`ip link add lan0 netns ${room.name} type veth peer name home0 netns ${router.name}`);
    await router.ip('link set home0 addrgenmode none up');
    await router.ip(`addr add ${net}.1/24 dev home0`);
    await room.ip('link set lan0 addrgenmode none up');
    await room.ip(`addr add ${room.ipv4}/24 dev lan0`);
    await room.ip(`route add default via ${net}.1`);
    return room;
  }

  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  async close(): Promise<void> {
    process.off('exit', this.#atExit);
    for (const room of this.#all()) room.kill();
    await Promise.all(this.#all().map((room) => room.ended()));
    this.#clear();
  }

  #clear(): void {
    for (const room of this.#all()) {
      room.kill();
      room.remove();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #all(): readonly Room[] {
    return [...this.#behind, ...this.rooms, this.switch];
  }

  async #address(room: Room, device: string): Promise<void> {
    await room.ip(`addr add ${room.ipv4}/24 dev ${device}`);
    await room.ip(`-6 addr add ${room.ipv6}/64 dev ${device} nodad`);
  }
}

function onSegment(last: number): RoomAddresses {
  return { ipv4: `192.0.2.${last}`, ipv6: `2001:db8::${last}` };
}

/** Runs a program of this namespace to its end. */
export function toTheEnd(command: readonly [string, ...string[]], environment: Environment = {}): Promise<Ran> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    execFile(program, args, { encoding: 'utf8', timeout: AT_MOST, maxBuffer: 64 * 1_048_576, env: { ...process.env, ...environment } }, (error, out, text) => {
      resolve({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : null, out, error: text === '' ? (error?.message ?? '') : text });
    });
  });
}

/** ms it took until `condition` held; looks every 50 ms. Throws when it does not hold in time. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, withinMs = 15_000): Promise<number> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > withinMs) throw new Error(`${what}: not within ${withinMs / 1_000} s`);
    await pause(50);
  }
  return performance.now() - start;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function mustRun(words: string): Promise<void> {
  const [program = '', ...args] = words.split(' ');
  const ran = await toTheEnd([program, ...args]);
  if (ran.status !== 0) throw new Error(`${words}: ${ran.error}`);
}
