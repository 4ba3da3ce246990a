/**
 * Two stock clients and two Bowlines, each behind a router of its own, and a ping every 200 ms from each to each through the
 * tunnel. It knows who answers whom at every instant; what should be so, its tests know.
 */
import { Arrivals } from './arrivals.ts';
import { BowlineNode } from './bowline-node.ts';
import { bowlineInMesh, lastLines, stockInMesh, type MeshNode, type PathKind } from './mesh-node.ts';
import { NatLab } from './nat-lab.ts';
import type { NatKind } from './nat-site.ts';
import { until } from './rooms.ts';
import { StockNode } from './stock-node.ts';

/** ms: a shorter silence of pings that go every 200 ms is noise of a busy machine. */
export const SILENCE = 1_000;
const RELAY_LOG_LINES = 25;

/** Kinds of routers of: the first stock client, the second, the first Bowline, the second. */
export type MeshKinds = readonly [NatKind, NatKind, NatKind, NatKind];

export interface Way {
  readonly from: MeshNode;
  readonly to: MeshNode;
  readonly answers: Arrivals;
}

/** Both are stock clients, or both Bowlines, or one of each. */
export type Company = 'stock' | 'bowline' | 'mixed';
export const COMPANIES: readonly Company[] = ['stock', 'bowline', 'mixed'];

export class MeshLab {
  readonly nat: NatLab;
  readonly nodes: readonly [MeshNode, MeshNode, MeshNode, MeshNode];
  readonly ways: Way[] = [];

  private constructor(nat: NatLab) {
    const { server } = nat;
    this.nat = nat;
    const bowline = (at: number, name: string): MeshNode => bowlineInMesh(server, new BowlineNode(server, nat.site(at).room, name));
    const stock = (at: number, name: string): MeshNode => stockInMesh(new StockNode(server, nat.site(at).room), name);
    this.nodes = [stock(0, 'stock-one'), stock(1, 'stock-two'), bowline(2, 'bowline-one'), bowline(3, 'bowline-two')];
  }

  /** All have joined, and everybody pings everybody; nobody need have answered yet. */
  static async open(kinds: MeshKinds): Promise<MeshLab> {
    const mesh = new MeshLab(await NatLab.open(kinds));
    try {
      await Promise.all(mesh.nodes.map((node) => node.join()));
      await mesh.#ping();
      return mesh;
    } catch (error) {
      console.log(await mesh.evidence());
      await mesh.close();
      throw error;
    }
  }

  waysOf(company: Company): readonly Way[] {
    return this.ways.filter(({ from, to }) => companyOf(from, to) === company);
  }

  kindOf(node: MeshNode): NatKind {
    return this.nat.site(this.nodes.indexOf(node)).kind;
  }

  /** ms from `since` until the last of these ways was steady again; undefined: one is silent now. */
  steadyAfter(ways: readonly Way[], since: number): number | undefined {
    const each = ways.map(({ answers }) => answers.steadyAfter(since, SILENCE));
    return each.includes(undefined) ? undefined : Math.max(...each.map((ms) => ms ?? 0));
  }

  /** Those that are silent now, by name. */
  silent(): readonly string[] {
    const now = performance.now();
    return this.ways.filter(({ answers }) => answers.count(now - SILENCE) === 0).map(nameOf);
  }

  /** ms that it took until everybody answered everybody. */
  async untilAllAnswer(withinMs: number): Promise<number> {
    try {
      return await until(() => this.silent().length === 0, 'everybody answers everybody', withinMs);
    } catch (error) {
      throw new Error(`${String(error)}; silent: ${this.silent().join(', ')}`, { cause: error });
    }
  }

  /** What each says of its way to each, one a line. */
  async paths(): Promise<ReadonlyMap<string, PathKind>> {
    return new Map(await Promise.all(this.ways.map(async (way) => [nameOf(way), await way.from.pathTo(way.to.name).catch((): PathKind => 'none')] as const)));
  }

  /** Sockets that each replaced since it started. */
  async teardowns(): Promise<ReadonlyMap<string, number>> {
    return new Map(await Promise.all(this.nodes.map(async (node) => [node.name, await node.teardowns()] as const)));
  }

  /** What everybody knew: for a failing test. */
  async evidence(): Promise<string> {
    const told = await Promise.all(this.nodes.map(async (node) => `--- ${node.name}, behind ${this.kindOf(node)}\n${await node.evidence().catch(String)}`));
    return `${told.join('\n')}\n--- derper\n${lastLines(this.nat.relay.log(), RELAY_LOG_LINES)}`;
  }

  async close(): Promise<void> {
    await this.nat.close();
  }

  async #ping(): Promise<void> {
    const known = new Map((await this.nat.server.nodes()).map((node) => [node.givenName, node.ipAddresses.find((address) => address.includes('.')) ?? '']));
    for (const from of this.nodes) {
      for (const to of this.nodes) {
        if (from === to) continue;
        this.ways.push({ from, to, answers: new Arrivals(from.room.start(['ping', '-i', '0.2', known.get(to.name) ?? '']), 'bytes from') });
      }
    }
  }
}

export function nameOf({ from, to }: Way): string {
  return `${from.name} -> ${to.name}`;
}

function companyOf(from: MeshNode, to: MeshNode): Company {
  return from.kind === to.kind ? from.kind : 'mixed';
}
