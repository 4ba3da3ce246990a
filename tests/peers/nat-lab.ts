/**
 * The Internet in small: the real Headscale, the real derper, and sites behind routers that masquerade. See `nat-site.ts`.
 *
 *   Headscale 192.0.2.1    derper 192.0.2.11    router of site 1: 192.0.2.12, its room 10.2.0.2    site 2: 192.0.2.13, 10.3.0.2
 */
import { HeadscaleLab, needHeadscale, RELAY_NAME, relayMap, SERVER_NAME } from './headscale-lab.ts';
import { NatSite, type NatKind } from './nat-site.ts';
import { needDebian, realProgram } from './real-programs.ts';
import { RealRelay, RELAY_PORT } from './real-relay.ts';

export function needNatLab(): void {
  needHeadscale();
  needDebian({ sysctl: 'procps', bash: 'bash' });
  for (const program of ['derper', 'tailscaled', 'tailscale'] as const) realProgram(program);
}

export class NatLab {
  readonly server: HeadscaleLab;
  readonly relay: RealRelay;
  readonly sites: readonly NatSite[];

  private constructor(server: HeadscaleLab, relay: RealRelay, sites: readonly NatSite[]) {
    this.server = server;
    this.relay = relay;
    this.sites = sites;
  }

  /** One site for each of `kinds`, with nobody in it yet. */
  static async open(kinds: readonly NatKind[]): Promise<NatLab> {
    const server = await HeadscaleLab.open({ rooms: kinds.length + 1, relays: relayMap('192.0.2.11', RELAY_PORT) });
    try {
      const relay = new RealRelay(server, server.room(0));
      await relay.start();
      const sites: NatSite[] = [];
      for (const [at, kind] of kinds.entries()) sites.push(await NatSite.build(server.segment, kind, server.room(at + 1)));
      for (const { room } of sites) room.hosts(`${server.segment.switch.ipv4} ${SERVER_NAME}\n${relay.room.ipv4} ${RELAY_NAME}`);
      return new NatLab(server, relay, sites);
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  site(at: number): NatSite {
    const site = this.sites[at];
    if (site === undefined) throw new Error(`there is no site ${at}`);
    return site;
  }

  async close(): Promise<void> {
    await this.server.close();
  }
}
