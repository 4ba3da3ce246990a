/** Enforces the import direction of the architecture on every source file, and proves that each rule can fail. */
import { describe, expect, it } from 'vitest';
import { judge, TABLE } from './layer-rules.ts';
import { filesBelow, importsOf, isCode, read } from './source-scanner.ts';

const FOLDERS = ['app', 'main', 'renderer', 'native-bindings', 'bench', 'build', 'tests'];
const all = filesBelow('').filter((path) => isCode(path) && FOLDERS.some((folder) => path.startsWith(`${folder}/`)));

describe('import direction', () => {
  it('holds for every file', () => {
    const broken = all.flatMap((path) => importsOf(read(path)).flatMap((found) => judge(path, found) ?? []));
    expect(broken.join('\n')).toBe('');
  });

  it('sees the tree (a scanner that finds nothing proves nothing)', () => {
    expect(all.length).toBeGreaterThan(30);
    expect(all.flatMap((path) => importsOf(read(path))).length).toBeGreaterThan(60);
  });

  it('gives a reason with every row', () => {
    for (const row of TABLE) expect(row.because.length, row.from).toBeGreaterThan(10);
  });
});

describe('each rule can fail', () => {
  const bad: readonly (readonly [path: string, source: string])[] = [
    ['app/wireguard/x.ts', "import { route } from '../routes/prefix-table.ts';"],
    ['app/wireguard/x.ts', "import type { Route } from '../routes/prefix-table.ts';"],
    ['app/base/x.ts', "import { Node } from '../node/node.ts';"],
    ['app/base/x.ts', "import { Key } from '../keys/keys.ts';"],
    ['app/node/x.ts', "import { Dataplane } from '../dataplane/dataplane.ts';"],
    ['app/node/x.ts', "import { readFileSync } from 'node:fs';"],
    ['app/node/x.ts', "import sodium from 'sodium-native';"],
    ['app/node/x.ts', "import { World } from '../sim/world.ts';"],
    ['app/host/x.ts', "import { World } from '../sim/world.ts';"],
    ['app/host/x.ts', "import { app } from 'electron';"],
    ['app/cli/x.ts', "import { World } from '../sim/world.ts';"],
    ['app/sim/x.ts', "import { readFileSync } from 'node:fs';"],
    ['app/sim/x.ts', "import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';"],
    ['app/api/x.ts', "import { serve } from '../host/server.ts';"],
    ['app/wire/x.ts', "export * from '../wireguard/peer.ts';"],
    ['app/wire/x.ts', "const late = import('../wireguard/peer.ts');"],
    ['app/wire/x.ts', 'const late = import(name);'],
    ['app/wire/x.ts', "import { fixture } from './ip-packet.test.ts';"],
    ['app/wire/x.ts', "import fc from 'fast-check';"],
    ['renderer/x.tsx', "import { Node } from '../app/node/node.ts';"],
    ['renderer/x.tsx', "import { words } from '../app/node/messages.ts';"],
    ['renderer/x.tsx', "import { ipcRenderer } from 'electron';"],
    ['main/tray.ts', "import { Menu } from 'electron';"],
    ['main/tray.ts', "import { Node } from '../app/node/node.ts';"],
    ['elsewhere/x.ts', "import { a } from '../app/base/ip.ts';"],
  ];
  it.each(bad)('%s refuses: %s', (path, source) => {
    expect(importsOf(source).flatMap((found) => judge(path, found) ?? [])).toHaveLength(1);
  });

  const good: readonly (readonly [path: string, source: string])[] = [
    ['app/wireguard/x.ts', "import { parseIp } from '../base/ip.ts';"],
    ['renderer/x.tsx', "import type { Message } from '../app/node/messages.ts';"],
    ['app/host/sandbox/x.ts', "import { World } from '../../sim/world.ts';"],
    ['main/electron-adapter.ts', "import { app } from 'electron';"],
    ['app/wire/x.test.ts', "import { World } from '../sim/world.ts';"],
  ];
  it.each(good)('%s accepts: %s', (path, source) => {
    expect(importsOf(source).flatMap((found) => judge(path, found) ?? [])).toEqual([]);
  });
});
