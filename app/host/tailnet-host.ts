/**
 * What an engine needs of its host to join a tailnet: the control machine, the link to the server, a place for keys, a
 * browser, and the hands that set up the operating system. Nothing here may call the engine before it returns. Types only. Absent for an engine of static networks.
 */
import type { ControlLike } from '../control/types.ts';
import type { NodeInput } from '../node/types.ts';
import type { AccountKeys } from '../ports/account-keys.ts';
import type { ControlLinkCommand, ControlLinkEvent } from '../ports/control-link.ts';
import type { OverlayState } from '../ports/effects.ts';

/** The far end of the seam of ports/control-link.ts. */
export interface ControlLinkPort {
  send(command: ControlLinkCommand): void;
  /** Ends the connection; no event comes after it. */
  close(): void;
}

export interface TailnetHost {
  /** A fresh machine for each start of the node. */
  createControl(): ControlLike;
  /** Once per engine. `heard` may be called from now on, never before this returns. */
  openControlLink(heard: (event: ControlLinkEvent) => void): ControlLinkPort;
  /** Returns when it is on disk: what the node wants next depends on it. undefined: wipe. Must not throw: a failed write is told elsewhere. */
  persist(keys: AccountKeys | undefined): void;
  openUrl(url: string, why: 'sign-in' | 'server'): void;
  /** Applies the desired state in its own time, and answers with `Engine.osSet`. */
  overlay(overlay: OverlayState | null): void;
}

/** What a host tells a running node of a tailnet. */
export type TailnetInput = Extract<NodeInput, { readonly kind: 'network' | 'sign-in' | 'sign-out' | 'accept-server-key' | 'retry-server' | 'local-endpoints' | 'host-facts' | 'net-facts' }>;
