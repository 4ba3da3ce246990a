/**
 * The real MiniUPnPd in the router of a site, for NAT-PMP and PCP alone (its UPnP is off). It tells no private or documentation
 * address, as no real provider gives one: the router gets an address of a public range beside its own, which the routers of
 * the other sites reach on the segment.
 */
import type { NatSite } from './nat-site.ts';
import { needDebian } from './real-programs.ts';
import { until, type Room, type Running, type Segment } from './rooms.ts';

const PUBLIC_NET = '11.9.9';
const TABLE = 'ports';

export function needMiniUpnpd(): void {
  needDebian({ miniupnpd: 'miniupnpd-nftables', nft: 'nftables' });
}

export class MiniUpnpd {
  /** What it tells hosts that they are outside. */
  readonly external: string;
  readonly #router: Room;
  readonly #segment: Segment;
  #running: Running | undefined;

  private constructor(segment: Segment, router: Room) {
    this.#segment = segment;
    this.#router = router;
    this.external = `${PUBLIC_NET}.${router.ipv4.split('.').at(-1)}`;
  }

  /** `others`: who is to reach the router at its public address. Not started yet. */
  static async build(segment: Segment, site: NatSite, others: readonly NatSite[]): Promise<MiniUpnpd> {
    const server = new MiniUpnpd(segment, site.router);
    await site.router.ip(`addr add ${server.external}/24 dev lan0`);
    for (const { router } of others) await router.ip(`route add ${PUBLIC_NET}.0/24 dev lan0`);
    // What a mapping lets in is no stranger any more.
    await site.router.run(['nft', 'insert', 'rule', 'inet', 'site', 'through', 'ct', 'status', 'dnat', 'accept']);
    return server;
  }

  /** With no mapping. */
  async start(): Promise<void> {
    const { name, ipv4 } = this.#router;
    const inside = `10.${Number(ipv4.split('.').at(-1)) - 10}.0.0/24`;
    const rules = `table inet ${TABLE}
delete table inet ${TABLE}
table inet ${TABLE} {
  chain in {}
  chain out {}
  chain across {}
  chain prerouting { type nat hook prerouting priority dstnat; jump in; }
  chain postrouting { type nat hook postrouting priority srcnat - 1; jump out; }
}`;
    const settings = {
      ext_ifname: 'lan0',
      ext_ip: this.external,
      listening_ip: 'home0',
      enable_natpmp: 'yes',
      enable_upnp: 'no',
      min_lifetime: '120',
      max_lifetime: '86400',
      system_uptime: 'no',
      upnp_table_name: TABLE,
      upnp_nat_table_name: TABLE,
      upnp_forward_chain: 'across',
      upnp_nat_chain: 'in',
      upnp_nat_postrouting_chain: 'out',
    };
    const lines = [...Object.entries(settings).map(([key, value]) => `${key}=${value}`), `allow 1024-65535 ${inside} 1024-65535`, 'deny 0-65535 0.0.0.0/0 0-65535'];
    await this.#router.run(['nft', '-f', this.#segment.file(`${name}.ports.nft`, rules)]);
    const running = this.#router.start(['miniupnpd', '-d', '-f', this.#segment.file(`${name}.miniupnpd`, `${lines.join('\n')}\n`), '-P', this.#segment.file(`${name}.pid`, '')]);
    this.#running = running;
    await until(async () => {
      if (running.child.exitCode !== null) throw new Error(`miniupnpd ended with ${running.child.exitCode}: ${running.error()}`);
      return (await this.#router.run(['ss', '-Huln', 'sport', '=', '5351'])).out !== '';
    }, 'miniupnpd listens', 10_000);
  }

  /** As a router that restarts: its mappings are gone, and its epoch begins anew. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    this.#running?.child.kill('SIGKILL');
    await this.#running?.ended;
    await this.#router.run(['nft', 'flush', 'chain', 'inet', TABLE, 'in']);
  }

  /** Questions of PCP vanish, as at a router that is older than it. */
  async silencePcp(): Promise<void> {
    await this.#router.run(['nft', 'insert', 'rule', 'inet', 'site', 'own', 'udp', 'dport', '5351', '@th,64,8', '2', 'drop']);
  }

  /** `OUTSIDE PORT -> INSIDE ADDRESS:PORT`, one for each mapping. */
  async mappings(): Promise<readonly string[]> {
    const { out } = await this.#router.run(['nft', 'list', 'chain', 'inet', TABLE, 'in']);
    return [...out.matchAll(/dport (\d+) dnat ip to (\S+)/g)].map(([, outside, inside]) => `${outside} -> ${inside}`);
  }

  log(): string {
    return this.#running?.error() ?? '';
  }
}
