/**
 * Which program changed something: the kernel names the netlink socket that asked, by its port id, and /proc tells who holds
 * that socket. The port id is most often the process id; that alone is no proof, so the socket itself is looked for.
 * Asked for rarely. Event thread of Linux.
 */
import fs from 'node:fs';
import path from 'node:path';

/** Processes that are looked through when the first guess is wrong. */
const PROCESSES_AT_MOST = 4_096;

/** `systemd-networkd`, `NetworkManager`; undefined: nobody holds it any more, or we may not see who does. */
export function writerName(portId: number): string | undefined {
  const inode = socketOf(portId);
  if (inode === undefined) return undefined;
  const link = `socket:[${inode}]`;
  if (holds(String(portId), link)) return nameOf(String(portId));
  const other = list('/proc').filter((name) => /^\d+$/.test(name)).slice(0, PROCESSES_AT_MOST).find((pid) => holds(pid, link));
  return other === undefined ? undefined : nameOf(other);
}

/** Rows of /proc/net/netlink: sk, protocol (0: route), port id, groups, ..., inode. */
function socketOf(portId: number): string | undefined {
  for (const row of text('/proc/net/netlink').split('\n').slice(1)) {
    const columns = row.trim().split(/\s+/);
    if (columns[1] === '0' && columns[2] === String(portId)) return columns.at(-1);
  }
  return undefined;
}

function holds(pid: string, link: string): boolean {
  return list(`/proc/${pid}/fd`).some((fd) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === link;
    } catch {
      return false;
    }
  });
}

/** By its command line, whose first word is longer than the 15 characters that the kernel keeps; printable ones only. */
function nameOf(pid: string): string | undefined {
  const word = path.basename(text(`/proc/${pid}/cmdline`).split('\0')[0] ?? '');
  const name = (word === '' ? text(`/proc/${pid}/comm`).trim() : word).replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 64);
  return name === '' ? undefined : name;
}

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
