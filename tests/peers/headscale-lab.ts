/**
 * The real Headscale in the switch room of a segment, at https://hs.test with a certificate of the lab's own authority, and
 * what a test does to it: users, keys, nodes, policy, and faults. It knows nothing of Bowline.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabCertificates, type Certificate } from './lab-certificates.ts';
import { needDebian, realProgram } from './real-programs.ts';
import { Segment, toTheEnd, until, type Room, type Running } from './rooms.ts';

export const SERVER_NAME = 'hs.test';
export const SERVER_URL = `https://${SERVER_NAME}`;
export const RELAY_NAME = 'derp.test';
export const DOMAIN = 'tail.test';
const USER = 'lab';
const DEBIAN = { ip: 'iproute2', ping: 'iputils-ping', nft: 'nftables', openssl: 'openssl', curl: 'curl', xz: 'xz-utils', pgrep: 'procps', ss: 'iproute2' } as const;

/** Everyone may do everything. */
export const OPEN_POLICY = { acls: [{ action: 'accept', src: ['*'], dst: ['*:*'] }], tagOwners: { 'tag:server': [`${USER}@`] } } as const;

/** One of `headscale nodes list -o json`. */
export interface ServerNode {
  readonly id: string;
  /** Name in the tailnet, which an administrator may change. */
  readonly givenName: string;
  /** Name that the node calls itself. */
  readonly name: string;
  readonly online: boolean;
  readonly nodeKey: string;
  readonly machineKey: string;
  readonly ipAddresses: readonly string[];
  /** ISO 8601; null: never. */
  readonly expiry: string | null;
  readonly tags: readonly string[];
}

/** What the server keeps of what a node told it, from its debug pages. */
export interface ServerMemory {
  readonly DiscoKey: string;
  readonly Endpoints: readonly string[] | null;
  readonly Hostinfo: { readonly OS?: string; readonly OSVersion?: string; readonly Hostname?: string; readonly IPNVersion?: string; readonly GoArch?: string; readonly NetInfo?: object };
}

export interface LabOptions {
  /** Rooms beside the server's. */
  readonly rooms?: number;
  readonly policy?: object;
  /** Text of its derp.yaml; by default a region that nobody serves. */
  readonly relays?: string;
}

/** Throws, with what to install, where something is missing. */
export function needHeadscale(): void {
  needDebian(DEBIAN);
  realProgram('headscale');
}

export class HeadscaleLab {
  readonly segment: Segment;
  readonly #program = realProgram('headscale');
  #certificates: LabCertificates | undefined;
  #server: Running | undefined;

  private constructor(options: LabOptions) {
    this.segment = new Segment(options.rooms ?? 2);
  }

  /** A server that answers, with a user and a policy. */
  static async open(options: LabOptions = {}): Promise<HeadscaleLab> {
    const lab = new HeadscaleLab(options);
    try {
      await lab.#build(options);
    } catch (error) {
      // Nobody has the lab to close it.
      await lab.close();
      throw error;
    }
    return lab;
  }

  async #build({ policy = OPEN_POLICY, relays = relayMap('192.0.2.1', 8_443) }: LabOptions): Promise<void> {
    await this.segment.build();
    this.#certificates = await LabCertificates.make(this.segment.folder);
    this.#configure(await this.issue(SERVER_NAME));
    this.segment.file('derp.yaml', relays);
    this.nameIsBack();
    await this.start();
    await this.headscale('users', 'create', USER);
    await this.setPolicy(policy);
  }

  /** Room `at`, from 0. */
  room(at: number): Room {
    const room = this.segment.rooms[at];
    if (room === undefined) throw new Error(`there is no room ${at}`);
    return room;
  }

  /** What a program in a room must know to trust the server: Node's programs and Go's. */
  get trust(): { readonly NODE_EXTRA_CA_CERTS: string; readonly SSL_CERT_FILE: string } {
    if (this.#certificates === undefined) throw new Error('the lab is not built');
    return { NODE_EXTRA_CA_CERTS: this.#certificates.authority, SSL_CERT_FILE: this.#certificates.bundle };
  }

  /** From the lab's authority. */
  issue(name: string): Promise<Certificate> {
    if (this.#certificates === undefined) throw new Error('the lab is not built');
    return this.#certificates.issue(name);
  }

  /** The administrator's command, through the server's Unix socket. Throws what it said when it fails. */
  async headscale(...args: readonly string[]): Promise<string> {
    const ran = await toTheEnd([this.#program, '-c', this.#config, ...args]);
    if (ran.status !== 0) throw new Error(`headscale ${args.join(' ')}: ${ran.error}${ran.out}`);
    return ran.out;
  }

  /** The administrator's command as one types it. */
  get command(): string {
    return `${this.#program} -c ${this.#config}`;
  }

  /** A pre-auth key: reusable, for a day, unless `more` says otherwise (`--expiration 1s`, `--tags tag:server`). */
  async authKey(...more: readonly string[]): Promise<string> {
    return (await this.headscale('preauthkeys', 'create', '-u', '1', ...(more.length === 0 ? ['--reusable', '-e', '24h'] : more))).trim();
  }

  async nodes(): Promise<readonly ServerNode[]> {
    return (JSON.parse(await this.headscale('nodes', 'list', '-o', 'json')) as ServerNode[] | null) ?? [];
  }

  /** The one node with this name in the tailnet, or undefined. */
  async node(name: string): Promise<ServerNode | undefined> {
    return (await this.nodes()).find((node) => node.givenName === name);
  }

  /** The same, where it must be there. */
  async nodeOf(name: string): Promise<ServerNode> {
    const node = await this.node(name);
    if (node === undefined) throw new Error(`the server has no node ${name}`);
    return node;
  }

  async memoryOf(name: string): Promise<ServerMemory> {
    const { id } = await this.nodeOf(name);
    const { out } = await this.segment.switch.run(['curl', '-s', '-H', 'Accept: application/json', 'http://127.0.0.1:9090/debug/nodestore']);
    const memory = (JSON.parse(out) as Record<string, ServerMemory>)[id];
    if (memory === undefined) throw new Error(`the server remembers nothing of ${name}`);
    return memory;
  }

  async isOnline(name: string): Promise<boolean> {
    return (await this.node(name))?.online === true;
  }

  async setPolicy(policy: object): Promise<void> {
    await this.headscale('policy', 'set', '-f', this.segment.file('policy.hujson', JSON.stringify(policy)));
  }

  /** What an administrator does with the address that a user was shown: it approves the sign-in. */
  async approve(address: string): Promise<void> {
    const id = /\/register\/(\S+)$/.exec(address)?.[1];
    if (id === undefined) throw new Error(`no sign-in address of Headscale: ${address}`);
    await this.headscale('auth', 'register', '--auth-id', id, '--user', USER);
  }

  /** Starts the server, or starts it again, and waits until it answers. */
  async start(): Promise<void> {
    const server = this.segment.switch.start([this.#program, '-c', this.#config, 'serve']);
    this.#server = server;
    await until(async () => {
      if (server.child.exitCode !== null) throw new Error(`headscale ended: ${server.error()}`);
      return existsSync(join(this.segment.folder, 'hs.sock')) && (await toTheEnd([this.#program, '-c', this.#config, 'users', 'list'])).status === 0;
    }, 'headscale answers', 30_000);
  }

  /** As a power failure does. Its sockets are reset by the kernel. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#server?.ended;
  }

  /** It comes back with a certificate that ended then, or (undefined) with a good one. */
  async restartWithCertificate(ended: Date | undefined): Promise<void> {
    if (this.#certificates === undefined) throw new Error('the lab is not built');
    this.#configure(await this.#certificates.issue(SERVER_NAME, ended));
    await this.kill();
    await this.start();
  }

  /** It comes back with another key, as one that somebody else put in its place would have. */
  async restartWithOtherKey(): Promise<void> {
    await this.kill();
    rmSync(join(this.segment.folder, 'noise.key'));
    await this.start();
  }

  /** Its kernel goes on acknowledging what arrives; the server says nothing more. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** Everything to and from the server's port disappears without a word; what rooms say to each other does not. */
  async blackhole(): Promise<void> {
    const rules = `table inet bowlhole {
      chain in { type filter hook input priority 0; tcp dport 443 drop; }
      chain out { type filter hook output priority 0; tcp sport 443 drop; }
    }`;
    await this.segment.switch.run(['nft', '-f', this.segment.file('hole.nft', rules)]);
  }

  async endBlackhole(): Promise<void> {
    await this.segment.switch.run(['nft', 'delete', 'table', 'inet', 'bowlhole']);
  }

  /** What this room has open to the server carries nothing any more, without a word, for good: as behind a router that forgot it. */
  async forgetConnections(room: Room): Promise<void> {
    const { out } = await room.run(['ss', '-Htn', 'state', 'established', 'dport', '=', ':443']);
    const ports = [...out.matchAll(/:(\d+)\s+\S+:443\b/g)].map((found) => found[1]);
    if (ports.length === 0) throw new Error(`${room.name} has nothing open to the server: ${out}`);
    const rules = `table inet bowlforgot {
      chain in { type filter hook input priority 0; ip saddr ${room.ipv4} tcp sport { ${ports.join(', ')} } drop; }
      chain out { type filter hook output priority 0; ip daddr ${room.ipv4} tcp dport { ${ports.join(', ')} } drop; }
    }`;
    await this.segment.switch.run(['nft', '-f', this.segment.file('forgot.nft', rules)]);
  }

  /** The rooms cannot look up the server's name. */
  nameIsGone(): void {
    for (const room of this.segment.rooms) room.hosts('');
  }

  nameIsBack(): void {
    for (const room of this.segment.rooms) room.hosts(`${this.segment.switch.ipv4} ${SERVER_NAME}`);
  }

  /** The server's own log. */
  log(): string {
    return this.#server?.error() ?? '';
  }

  async close(): Promise<void> {
    await this.segment.close();
  }

  #configure({ certificate, key }: Certificate): void {
    writeFileSync(this.#config, configuration(this.segment.folder, certificate, key));
  }

  get #config(): string {
    return join(this.segment.folder, 'hs.yaml');
  }

  #signal(signal: NodeJS.Signals): void {
    this.#server?.child.kill(signal);
  }
}

/** The server's list of relays: one region with one relay, which has STUN too. The map must have one, though nobody serves it. */
export function relayMap(ipv4: string, port: number): string {
  return `regions:
  900:
    regionid: 900
    regioncode: lab
    regionname: Lab
    nodes:
      - { name: 900a, regionid: 900, hostname: ${RELAY_NAME}, ipv4: ${ipv4}, stunport: 3478, derpport: ${port} }
`;
}

function configuration(folder: string, certificate: string, key: string): string {
  return `server_url: ${SERVER_URL}
listen_addr: 0.0.0.0:443
metrics_listen_addr: 127.0.0.1:9090
noise: { private_key_path: ${folder}/noise.key }
prefixes: { v4: 100.64.0.0/10, v6: fd7a:115c:a1e0::/48 }
derp: { server: { enabled: false }, urls: [], paths: ['${folder}/derp.yaml'] }
disable_check_updates: true
database: { type: sqlite, sqlite: { path: ${folder}/hs.db } }
tls_cert_path: ${certificate}
tls_key_path: ${key}
dns: { magic_dns: true, base_domain: ${DOMAIN}, override_local_dns: false, nameservers: { global: [] } }
policy: { mode: database }
unix_socket: ${folder}/hs.sock
log: { level: debug }
`;
}
