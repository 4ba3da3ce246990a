/** One node of a mesh of both kinds, stock client or Bowline, as the mesh tests see it. */
import type { Status } from '../../app/api/schema.ts';
import type { BowlineNode } from './bowline-node.ts';
import type { HeadscaleLab } from './headscale-lab.ts';
import type { Room } from './rooms.ts';
import type { StockNode } from './stock-node.ts';

export type PathKind = 'direct' | 'relay' | 'none';

export interface MeshNode {
  readonly name: string;
  readonly kind: 'stock' | 'bowline';
  readonly room: Room;
  join(): Promise<void>;
  /** What it says itself of the way to this peer. */
  pathTo(peer: string): Promise<PathKind>;
  /** Its own `ping PEER`, three times; throws what it said where one was not answered. What it printed. */
  ownPing(peer: string): Promise<string>;
  /** Ends it and starts it again with what it keeps. */
  restart(): Promise<void>;
  /** Sockets that it replaced since it started; 0 for a stock client, which does not tell. */
  teardowns(): Promise<number>;
  /** What a person needs to see of it after a failure. */
  evidence(): Promise<string>;
}

const LOG_LINES = 25;

export function stockInMesh(node: StockNode, name: string): MeshNode {
  return {
    name,
    kind: 'stock',
    room: node.room,
    join: () => node.up(name),
    pathTo: async (peer) => {
      const seen = Object.values((await node.status()).Peer).find(({ HostName }) => HostName === peer);
      return seen === undefined ? 'none' : seen.CurAddr === '' ? 'relay' : 'direct';
    },
    ownPing: (peer) => node.tailscale('ping', '-c', '3', '--until-direct=false', '--timeout', '3s', peer),
    restart: () => node.restart(),
    teardowns: () => Promise.resolve(0),
    evidence: async () => `${(await node.tryTailscale('status')).out}${lastLines(node.log(), LOG_LINES)}`,
  };
}

export function bowlineInMesh(lab: HeadscaleLab, node: BowlineNode): MeshNode {
  return {
    name: node.name,
    kind: 'bowline',
    room: node.room,
    join: async () => void (await node.join(await lab.authKey())),
    pathTo: async (peer) => (await node.snapshot()).peers.find(({ name }) => name === peer)?.path.kind ?? 'none',
    ownPing: async (peer) => (await node.must('ping', peer, '--count', '3')).out,
    restart: async () => {
      await node.stop();
      await node.start();
    },
    teardowns: async () => (JSON.parse((await node.must('status', '--json', '--verbose')).out) as Status).verbose?.teardowns ?? 0,
    evidence: async () => {
      const [status, history] = [await node.command('status', '--json', '--verbose'), await node.command('history', '--json')];
      const entries = history.status === 0 ? (JSON.parse(history.out) as { entries: object[] }).entries.slice(-LOG_LINES) : [history.error];
      return `${status.out}${status.error}\n${entries.map((entry) => JSON.stringify(entry)).join('\n')}\n${lastLines(node.log(), LOG_LINES)}`;
    },
  };
}

export function lastLines(text: string, count: number): string {
  return text.split('\n').slice(-count).join('\n');
}
