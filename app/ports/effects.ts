/**
 * What a node wants done, as values. The runner in host/ and the World in sim/ interpret the same union, so nothing is
 * simulated that is not shipped. Later machines add members here; both interpreters then fail to compile until they know
 * them.
 */
import type { IpAddress, IpPrefix } from '../base/ip.ts';
import type { Via } from '../base/via.ts';
import type { DnsConfig } from '../wire/netmap/types.ts';
import type { Duration } from '../time/instant.ts';
import type { AccountKeys } from './account-keys.ts';
import type { ControlLinkCommand } from './control-link.ts';
import type { DataplaneCommand } from './dataplane.ts';
import type { GatewayCommand } from './gateway-link.ts';
import type { LogLevel } from './log.ts';
import type { OsWatchCommand } from './os-watch.ts';
import type { GuardAsk } from './os-state.ts';
import type { RelayLinkCommand } from './relay-link.ts';

export type Effect =
  /** For the packet thread, in order. */
  | { readonly kind: 'dataplane'; readonly command: DataplaneCommand }
  /** For the link to the control server, in order. Its events come back as `control-link` inputs. */
  | { readonly kind: 'control-link'; readonly command: ControlLinkCommand }
  /** For the links to relays, in order. Their events come back as `relay-link` inputs. */
  | { readonly kind: 'relay-link'; readonly command: RelayLinkCommand }
  /** For the socket towards the router, in order. What comes back are `gateway-datagram` inputs. */
  | { readonly kind: 'gateway-link'; readonly command: GatewayCommand }
  /** A name of a relay, to be looked up past our own resolver. Answered by `resolved`, with no address when there is none. */
  | { readonly kind: 'resolve'; readonly host: string }
  /** latency: an HTTPS round trip to a relay. portal: plain HTTP that a captive portal would answer. Answered by `web-answered`. */
  | { readonly kind: 'web-probe'; readonly id: number; readonly form: 'latency' | 'portal'; readonly host: string; readonly address: IpAddress | undefined; readonly port: number; readonly withinMs: Duration }
  /** To be kept on disk, whole, before anything that comes after it; undefined: wiped. */
  | { readonly kind: 'persist'; readonly keys: AccountKeys | undefined }
  /** To be opened in a browser, once. Always http or https. 'sign-in' only after a person asked for it. */
  | { readonly kind: 'open-url'; readonly url: string; readonly why: 'sign-in' | 'server' }
  /** What the operating system should have from now on, whole; null: nothing of ours. Told when it differs from the last
   *  one. The host applies it, and answers with `os-set` when it stands. */
  | { readonly kind: 'overlay'; readonly overlay: OverlayState | null }
  /** For whoever watches the system's network, in order. What is told comes back as `os` inputs. */
  | { readonly kind: 'os-watch'; readonly command: OsWatchCommand }
  /** For the system that was set up (`os-set`), one at a time. Answered by `os-guard` inputs. */
  | { readonly kind: 'os-guard'; readonly ask: GuardAsk }
  /** The view changed: whoever shows it may take a new one. Says nothing about what changed; cheap and frequent. */
  | { readonly kind: 'changed' }
  /** The answer to a request that came in with this id. latencyMs undefined: no answer before its deadline.
   *  via: how the answer came. */
  | { readonly kind: 'pinged'; readonly request: number; readonly latencyMs: number | undefined; readonly via: Via | undefined }
  /** The check that was asked for with this id is done: the view has its results. At once where there is nothing to measure by. */
  | { readonly kind: 'netchecked'; readonly request: number }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly area: string; readonly text: string };

/** The desired state of device, routes and names. */
export interface OverlayState {
  /** As host prefixes. */
  readonly addresses: readonly IpPrefix[];
  readonly mtu: number;
  /** Few: addresses of peers within the ranges of a tailnet share one route a family. No default route. */
  readonly routes: readonly IpPrefix[];
  /** null: the system's names are left alone. */
  readonly dns: DnsConfig | null;
}
