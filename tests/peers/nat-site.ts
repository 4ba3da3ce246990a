/**
 * A site: a room behind a router of its own that masquerades it, and what happens to such routers. IPv4 alone.
 *
 *   easy   keeps the port, so that everybody outside sees the room at one address; lets nothing in that was not asked for
 *   hard   another port for each address that is talked to (`fully-random`); the same filter
 *
 * The filter is there because an early probe from outside would otherwise claim the port in the router's own table, and the
 * room would be seen at another one.
 */
import type { Room, Segment } from './rooms.ts';

export type NatKind = 'easy' | 'hard';

export class NatSite {
  readonly kind: NatKind;
  readonly router: Room;
  readonly room: Room;
  readonly #segment: Segment;
  #outside: string;

  private constructor(segment: Segment, kind: NatKind, router: Room, room: Room) {
    this.#segment = segment;
    this.kind = kind;
    this.router = router;
    this.room = room;
    this.#outside = router.ipv4;
  }

  /** `router` is a room of the segment. */
  static async build(segment: Segment, kind: NatKind, router: Room): Promise<NatSite> {
    const site = new NatSite(segment, kind, router, await segment.roomBehind(router));
    await router.run(['sysctl', '-q', 'net.ipv4.ip_forward=1']);
    await site.#load();
    return site;
  }

  /** Its address outside, now. */
  get outside(): string {
    return this.#outside;
  }

  /** The router forgets every flow. What then comes from the room is a new flow. */
  async flush(): Promise<void> {
    await this.#moveTo(this.#outside);
  }

  /** The router forgets every flow, and what belongs to a TCP connection that it does not know disappears without a word. */
  async reboot(): Promise<void> {
    await this.router.run(['sysctl', '-q', 'net.netfilter.nf_conntrack_tcp_loose=0']);
    await this.flush();
  }

  /** The router has another address outside, and the old one is nobody's. */
  async changeUplink(): Promise<void> {
    await this.#moveTo(this.#outside === this.router.ipv4 ? this.router.ipv4.replace(/(\d+)$/, '1$1') : this.router.ipv4);
  }

  async blockUdp(): Promise<void> {
    await this.router.run(['nft', 'add', 'rule', 'inet', 'site', 'through', 'meta', 'l4proto', 'udp', 'drop']);
  }

  async unblockUdp(): Promise<void> {
    await this.#load();
  }

  /** The kernel forgets the flows of an address that goes; the way out goes with it, so that none is made meanwhile. */
  async #moveTo(address: string): Promise<void> {
    await this.router.ip(`addr del ${this.#outside}/24 dev lan0`);
    this.#outside = address;
    await this.router.ip(`addr add ${address}/24 dev lan0`);
    await this.router.ip('route add default via 192.0.2.1');
  }

  async #load(): Promise<void> {
    const rules = `table inet site
delete table inet site
table inet site {
  chain out { type nat hook postrouting priority srcnat; oifname lan0 masquerade${this.kind === 'hard' ? ' fully-random' : ''}; }
  chain own { type filter hook input priority filter; iifname lan0 ct state new,invalid drop; }
  chain through { type filter hook forward priority filter; ct state invalid drop; iifname lan0 ct state new drop; }
}`;
    await this.router.run(['nft', '-f', this.#segment.file(`${this.router.name}.nft`, rules)]);
  }
}
