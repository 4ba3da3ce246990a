/**
 * A real tunnel from a configuration file: device, engine, control socket, local page, and what has to change on
 * the operating system, in an order in which every failure takes back what came before it. Whatever an earlier process
 * left is taken back first. Started by `bowline up`; knows no command line.
 *
 * Nothing is changed before the file is read whole, rights are checked and the state folder is ours alone.
 */
import dns from 'node:dns/promises';
import fs from 'node:fs';
import path from 'node:path';
import { formatIp } from '../../base/ip.ts';
import { describeError, type WgConfig } from '../../config/types.ts';
import { parseWgQuick } from '../../config/wg-quick.ts';
import type { PublicKey } from '../../keys/keys.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { HostClock } from '../clock.ts';
import { nativeSources } from '../native-clocks.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { startEngine } from '../engine.ts';
import { errorCode } from '../error-code.ts';
import { OsWatch } from '../os-network/os-watch.ts';
import { createHeadlessShell } from '../shell/headless-shell.ts';
import { createFileStore } from '../store.ts';
import type { Planned } from '../system/plan.ts';
import { SystemChanges } from '../system/system-changes.ts';
import { VERSION } from '../version.ts';
import { translator } from '../../language/texts.ts';
import { EndpointNames } from './endpoint-names.ts';
import { openDoors } from './doors.ts';
import { holdInstance } from './instance-lock.ts';
import { nodeConfig, peerWithOurKey, publicKeyOf } from './node-config.ts';
import { asProblem, checkNames, claimPlace, takeDown } from './place.ts';
import type { Mover, TunnelMeans } from './means.ts';
import { Problem } from './problem.ts';
import { meansHere, systemFor } from './system-for.ts';
import { TunnelGuard } from './tunnel-guard.ts';

const { text: say } = translator('en');

/** Bytes of a configuration file; thousands of peers fit. */
const FILE_AT_MOST = 4 * 1_048_576;
const READABLE_BY_OTHERS = 0o077;

export interface TunnelOptions {
  readonly file: string;
  /** Device name; from the file's name when undefined. */
  readonly device: string | undefined;
  /** How this computer is called on the page; the device's name when undefined. */
  readonly hostname: string | undefined;
  readonly socket: string;
  readonly stateDirectory: string;
  /** The built page; none is served where it is missing. */
  readonly page: string;
  readonly mover: Mover;
  readonly log: Log;
}

export interface TunnelHost {
  readonly device: string;
  readonly mtu: number;
  readonly listenPort: number;
  /** With prefix lengths. */
  readonly addresses: readonly string[];
  readonly peers: number;
  /** What a person should know although it is up. */
  readonly warnings: readonly string[];
  /** Somebody asked over the control socket to end it. */
  readonly asked: Promise<void>;
  /** Takes back every change and ends. Idempotent; never rejects. */
  stop(): Promise<void>;
  /** The part of it that needs no waiting: routes, rules, names. For a process that ends badly. */
  takeBackNow(): void;
}

interface Checked {
  readonly means: TunnelMeans;
  readonly config: WgConfig;
  readonly publicKey: PublicKey;
  readonly device: string;
  readonly warnings: string[];
}

/** Rejects with a {@link Problem}; then nothing is changed. */
export async function startTunnel(options: TunnelOptions): Promise<TunnelHost> {
  const checked = checkAll(options);
  const { store, letGo } = await claimPlace(options.socket, options.stateDirectory, options.log);
  const undo: (() => void | Promise<void>)[] = [letGo];
  try {
    return await bringUp(options, checked, store, undo);
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    throw asProblem(error);
  }
}

/** Takes back what a killed Bowline left in this state folder. Returns how many changes; 0 when nothing was left. */
export async function recoverSystem(stateDirectory: string, log: Log): Promise<number> {
  const means = systemFor();
  if (means === undefined || !fs.existsSync(stateDirectory)) return 0;
  const letGo = await holdInstance(stateDirectory);
  if (letGo === undefined) return 0;
  const system = means.openSystem();
  try {
    return new SystemChanges({ system, store: createFileStore(stateDirectory, log), log }).recover();
  } finally {
    system.close();
    letGo();
  }
}

/** File, names and rights: reads only. */
function checkAll({ file, device, socket }: TunnelOptions): Checked {
  const { text, mode } = readConfig(file);
  const parsed = parseWgQuick(text, path.basename(file));
  if (!parsed.ok) throw new Problem(...parsed.errors.map(describeError));
  const config = parsed.value;
  const publicKey = publicKeyOf(config, createSodiumCrypto());
  const ourselves = peerWithOurKey(config, publicKey);
  if (ourselves !== undefined) throw new Problem(say('problem.own-key', { file: path.basename(file), line: ourselves.line }));
  const here = meansHere();
  if (!here.ok) throw new Problem(here.lack.sentence);
  const named = device ?? path.basename(file).replace(/\.conf$/, '');
  checkNames(named, socket);
  const warnings = (mode & READABLE_BY_OTHERS) === 0 ? [] : [say('problem.others-read', { file })];
  return { means: here.means, config, publicKey, device: named, warnings };
}

function readConfig(file: string): { readonly text: string; readonly mode: number } {
  try {
    const stats = fs.statSync(file);
    if (!stats.isFile()) throw new Problem(say('problem.not-a-file', { file }));
    if (stats.size > FILE_AT_MOST) throw new Problem(say('problem.too-long', { file, bytes: stats.size, most: FILE_AT_MOST }));
    return { text: fs.readFileSync(file, 'utf8'), mode: stats.mode };
  } catch (error) {
    if (error instanceof Problem) throw error;
    const code = errorCode(error);
    throw new Problem(code === 'ENOENT' ? say('problem.no-file', { file }) : say('problem.unreadable', { file, code }));
  }
}

async function bringUp(options: TunnelOptions, checked: Checked, store: Store, undo: (() => void | Promise<void>)[]): Promise<TunnelHost> {
  const { log } = options;
  const { means, config, publicKey, warnings } = checked;
  undo.push(() => wipeKeys(config));
  const system = means.openSystem();
  undo.push(() => system.close());
  const changes = new SystemChanges({ system, store, log });
  const left = changes.recover();
  if (left > 0) log.write('info', 'system', `took back ${left} changes of a Bowline that was killed`);
  const names = endpointNames(config, store, log);
  undo.push(() => names.close());
  const endpoints = await names.atStart();
  const frame = orProblem(means.plan.frame(config, system.view(), endpoints.flatMap((endpoint) => (endpoint === undefined ? [] : [endpoint.address]))));
  for (const host of names.missing) warnings.push(`${host} has no address yet; Bowline keeps asking for it.`);

  const tun = means.openDevice(checked.device, options.mover, system);
  undo.push(() => tun.close());
  let heardPort: (port: number) => void = () => {};
  const boundPort = new Promise<number>((resolve) => {
    heardPort = resolve;
  });
  const guard = new TunnelGuard({
    means,
    system,
    changes,
    link: { name: tun.name, ifindex: tun.ifindex },
    frame,
    set: (link, routes, desired) => engine.osSet(link.name, routes, desired),
    refused: (link, why) => engine.osRefused(link.name, why),
    tell: (told) => engine.guardTold(told),
    log,
  });
  const eyes = means.openNetwork();
  undo.push(() => eyes.close());
  const watch = new OsWatch({
    system: means.system,
    marks: { ...means.marks, tables: frame.ownTable === undefined ? [] : [frame.ownTable] },
    writer: system.writer(),
    openSource: () => eyes.source(),
    nameOf: (index) => eyes.nameOf(index),
    indexOf: (name) => eyes.indexOf(name),
    openDevice: (name) => {
      const opened = tun.reopen(name);
      engine.deviceReplaced();
      guard.deviceReplaced(opened);
      return { index: opened.ifindex, name: opened.name };
    },
    renamed: ({ index, name }) => guard.deviceRenamed({ name, ifindex: index }),
    touched: () => {},
    heard: (event) => guard.heard(event),
    tell: (told) => engine.osTold(told),
    log,
  });
  const shell = createHeadlessShell(store, log);
  const engine = await startEngine({
    config: nodeConfig({ config, publicKey, name: options.hostname ?? tun.name, mtu: frame.mtu, endpoints }),
    listenPort: config.interface.listenPort,
    ...tun.carry(frame.mtu, frame.fwmark),
    log,
    clock: new HostClock(undefined, nativeSources()),
    version: VERSION,
    shell: () => shell.view(),
    osGuard: (ask) => guard.obey(ask),
    osWatch: (command) => watch.obey(command),
    onFact: (fact) => {
      if (fact.kind === 'underlay' && fact.state.kind === 'bound') heardPort(fact.state.port);
      names.hear(fact);
    },
  });
  undo.push(() => engine.stop());
  shell.useEngine(engine);
  names.begin((peer, endpoint) => engine.endpointFound(peer, endpoint));

  const listenPort = await boundPort;
  const doors = await openDoors({ engine, accounts: undefined, socket: options.socket, page: options.page, log, shell });
  // Closed last: who finds no socket any more finds the system as it was.
  undo.splice(1, 0, doors.close);
  const planned = orProblem(means.plan.changes(config, frame, { name: tun.name, ifindex: tun.ifindex }, system.view()));
  changes.make(planned);
  undo.push(() => changes.takeAllBack());
  guard.begin(planned);
  undo.push(() => guard.close());
  undo.push(() => watch.close());
  watch.begin({ index: tun.ifindex, name: tun.name });
  log.write('info', 'tunnel', `${tun.name} is up, peers: ${config.peers.length}`);

  let stopping: Promise<void> | undefined;
  return {
    device: tun.name,
    mtu: frame.mtu,
    listenPort,
    addresses: config.interface.addresses.map(({ address, bits }) => `${formatIp(address)}/${bits}`),
    peers: config.peers.length,
    warnings,
    asked: doors.asked,
    stop: () => (stopping ??= takeDown(undo, log)),
    takeBackNow: () => changes.takeAllBack(),
  };
}


function wipeKeys(config: WgConfig): void {
  config.interface.privateKey.wipe();
  for (const peer of config.peers) peer.presharedKey?.wipe();
}

function orProblem<T>(planned: Planned<T>): T {
  if (!planned.ok) throw new Problem(planned.message);
  return planned.value;
}

function endpointNames(config: WgConfig, store: Store, log: Log): EndpointNames {
  return new EndpointNames({
    peers: config.peers,
    lookup: async (host) => (await dns.lookup(host, { all: true, verbatim: true })).map((found) => found.address),
    store,
    log,
    now: () => performance.now(),
    later: (work, ms) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  });
}

