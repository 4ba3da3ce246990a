/**
 * The SystemPort of Linux: rtnetlink for links, addresses, routes and rules; /proc/sys for settings; /etc/resolv.conf.
 * No child process, but `resolvectl` where systemd-resolved keeps the names. It decides nothing. Event thread only.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { Rule } from '../../wire/rtnetlink.ts';
import { SCOPE } from '../../wire/rtnetlink.ts';
import { errorCode } from '../error-code.ts';
import { RouteSocket } from '../linux-net/route-socket.ts';
import type { OwnRoute, ResolvConf, SystemPort, SystemView } from './port.ts';
import { programPath } from './programs.ts';
import { writerName } from './writer-name.ts';

export const RESOLV_CONF = '/etc/resolv.conf';
const SETTINGS = '/proc/sys';
const RESOLVED_STUB = /systemd\/resolve\//;
/** The kernel's answers to "remove what is not there". */
const NOT_THERE = new Set(['ESRCH', 'ENOENT', 'EADDRNOTAVAIL', 'ENODEV']);
/** RTPROT_*: no other program's, by <linux/rtnetlink.h> and iproute2's list, so that everybody can tell our routes. */
export const OUR_PROTOCOL = 66;
/** IPv6 routes of nobody in particular have 1,024: ours goes before one that took its place. */
const BETTER_METRIC = 512;
/** ms. */
const RESOLVECTL_WITHIN = 10_000;

export interface LinuxSystem extends SystemPort {
  close(): void;
}

/** `resolvConf`: another file, for tests. Throws SystemError where there is no rtnetlink. */
export function createLinuxSystem(resolvConf: string = RESOLV_CONF): LinuxSystem {
  const kernel = new RouteSocket();
  const gone = (remove: () => void): boolean => {
    try {
      remove();
      return true;
    } catch (error) {
      if (NOT_THERE.has(errorCode(error))) return false;
      throw error;
    }
  };
  const kernelRoute = ({ destination, table, type, ifindex }: OwnRoute) => {
    const scope = destination.address.family === 4 && type === 'unicast' ? SCOPE.link : SCOPE.universe;
    return { destination, table, type, scope, protocol: OUR_PROTOCOL, ...(type === 'unicast' ? { oif: ifindex } : {}) };
  };
  return {
    place: () => ({ boot: fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), namespace: fs.readlinkSync('/proc/self/ns/net') }),
    view: () => viewOf(kernel, resolvConf),
    linkIndex: (name) => kernel.links().find((link) => link.name === name)?.ifindex,
    setMtu: (ifindex, mtu) => kernel.setLink(ifindex, { mtu }),
    setUp: (ifindex) => kernel.setLink(ifindex, { up: true }),
    addAddress: (address) => kernel.address('add', address),
    removeAddress: (address) => gone(() => kernel.address('delete', address)),
    network: (tables) => kernel.snapshot(tables),
    networkParts: (only, tables) => kernel.parts(only, tables),
    linkTo: (to) => kernel.linkTo(to),
    writer: () => kernel.portId,
    programOf: writerName,
    addRoute(route, how) {
      if (how === 'ahead' && route.destination.address.family === 4) {
        kernel.route('ahead', kernelRoute(route));
        return;
      }
      try {
        kernel.route('add', kernelRoute(route));
      } catch (error) {
        if (how === 'new' || errorCode(error) !== 'EEXIST') throw error;
        kernel.route('add', { ...kernelRoute(route), metric: BETTER_METRIC });
      }
    },
    removeRoute: (route) => gone(() => kernel.route('delete', kernelRoute(route))),
    addRule: (rule: Rule) => kernel.rule('add', rule),
    removeRule: (rule: Rule) => gone(() => kernel.rule('delete', rule)),
    readSetting,
    writeSetting: (name, value) => fs.writeFileSync(`${SETTINGS}/${name}`, `${value}\n`),
    readResolvConf: () => readResolvConf(resolvConf),
    writeResolvConf: (conf) => writeResolvConf(resolvConf, conf),
    setLinkDns(link, servers, domains) {
      execFileSync(programPath('resolvectl'), ['dns', link, ...servers], { stdio: 'pipe', timeout: RESOLVECTL_WITHIN });
      execFileSync(programPath('resolvectl'), ['domain', link, ...domains], { stdio: 'pipe', timeout: RESOLVECTL_WITHIN });
    },
    readServiceDns: () => undefined,
    writeServiceDns() {
      throw Object.assign(new Error('Linux has no network services that keep names'), { code: 'ENOTSUP' });
    },
    close: () => kernel.close(),
  };
}

function viewOf(kernel: RouteSocket, resolvConf: string): SystemView {
  const conf = readResolvConf(resolvConf);
  const links = kernel.links();
  const filters = ['all', ...links.map((link) => link.name)].flatMap((name): [string, number][] => {
    const value = readSetting(`net/ipv4/conf/${name}/rp_filter`);
    return value === undefined ? [] : [[name, Number(value)]];
  });
  return {
    links,
    addresses: kernel.addresses(),
    routes: kernel.routes(),
    rules: kernel.rules(),
    reversePathFilter: new Map(filters),
    ipv6: readSetting('net/ipv6/conf/all/disable_ipv6') === '0',
    resolvConf: conf,
    resolvConfText: textBehind(resolvConf),
    resolved: conf.kind === 'link' && RESOLVED_STUB.test(conf.target) && fs.existsSync('/run/systemd/resolve'),
  };
}

function readSetting(name: string): string | undefined {
  try {
    return fs.readFileSync(`${SETTINGS}/${name}`, 'utf8').trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function readResolvConf(path: string): ResolvConf {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { kind: 'absent' };
  if (stats.isSymbolicLink()) return { kind: 'link', target: fs.readlinkSync(path) };
  return { kind: 'file', text: fs.readFileSync(path, 'utf8'), mode: stats.mode & 0o777 };
}

function textBehind(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Written beside and renamed, so that a reader sees one or the other. */
function writeResolvConf(path: string, conf: ResolvConf): void {
  if (conf.kind === 'absent') return fs.rmSync(path, { force: true });
  const beside = `${path}.${randomBytes(6).toString('hex')}.bowline`;
  try {
    if (conf.kind === 'link') {
      fs.symlinkSync(conf.target, beside);
    } else {
      fs.writeFileSync(beside, conf.text, { mode: conf.mode, flag: 'wx', flush: true });
      fs.chmodSync(beside, conf.mode);
    }
    fs.renameSync(beside, path);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    // A file that is mounted over another (containers, `ip netns exec`) cannot be replaced, only written.
    if (errorCode(error) !== 'EBUSY' || conf.kind !== 'file') throw error;
    fs.writeFileSync(path, conf.text, { flush: true });
  }
}
