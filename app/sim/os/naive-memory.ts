/**
 * What a naive guard takes for the state of the system: all that it once made, less what it was told went. A repair that was
 * called counts as done. Callers: os-world.ts and guarded-system.ts, for `--naive`.
 */
import { equalIp, formatPrefix } from '../../base/ip.ts';
import type { OsEvent, OsRule } from '../../ports/os-network.ts';
import type { DesiredOs, ObservedOs, WantedItem } from '../../ports/os-state.ts';

export class Memory {
  readonly #items: Set<WantedItem>;
  readonly #device: number;
  #deviceUp = true;

  constructor(desired: DesiredOs) {
    this.#items = new Set(desired.items);
    this.#device = desired.device.index;
  }

  made(item: WantedItem): void {
    this.#items.add(item);
    if (item.kind === 'device') this.#deviceUp = true;
  }

  hear(event: OsEvent): void {
    if (event.kind === 'link' && event.index === this.#device) this.#deviceUp = event.link?.up ?? false;
    if (!('action' in event) || event.action !== 'removed') return;
    for (const item of this.#items) {
      const gone =
        (item.kind === 'route' && event.kind === 'route' && event.route?.table === item.table && formatPrefix(event.route.prefix) === formatPrefix(item.prefix)) ||
        (item.kind === 'address' && event.kind === 'address' && event.address !== undefined && equalIp(event.address.address, item.address)) ||
        (item.kind === 'rule' && event.kind === 'rule' && event.rule?.family === item.rule.family && event.rule.priority === item.rule.priority);
      if (gone) this.#items.delete(item);
    }
  }

  recall(): ObservedOs {
    const items = [...this.#items];
    const link = this.#device;
    const mtu = items.find((item) => item.kind === 'device')?.mtu ?? 0;
    return {
      resolver: undefined,
      settings: [],
      network: {
        links: [{ index: link, name: '', up: this.#deviceUp, running: this.#deviceUp, kind: 'tunnel', mtu }],
        addresses: items.flatMap((item) => (item.kind === 'address' ? [{ link, address: item.address, bits: item.bits, state: 'usable' as const, temporary: false }] : [])),
        routes: items.flatMap((item) => (item.kind === 'route' ? [{ family: item.prefix.address.family, table: item.table, prefix: item.prefix, type: item.type, link, gateway: undefined, metric: 0, source: undefined, protocol: undefined }] : [])),
        rules: items.flatMap((item): OsRule[] => (item.kind === 'rule' ? [{ ...item.rule, action: 'table', mask: undefined, protocol: undefined, narrower: false }] : [])),
      },
    };
  }
}
