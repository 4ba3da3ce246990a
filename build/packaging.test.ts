/**
 * electron-builder.yml as facts: read by the builder's own reader of options, and held to what the app relies on. What a package then
 * contains is looked at by tests/packaged/pack-twin.mjs.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { UPDATE_FEED } from '../app/host/update/pinned.ts';
import { LANGUAGES } from '../app/language/languages.ts';
import { LINK_SCHEME } from '../main/deep-link.ts';
import { WANTED } from './fuse-wire.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = (name: string): string => readFileSync(`${root}${name}`, 'utf8');

interface Options {
  readonly [name: string]: unknown;
  readonly files: readonly string[];
  readonly electronFuses: Record<string, boolean>;
  readonly publish?: { provider: string; url: string };
  readonly mac: { readonly extendInfo: Record<string, unknown> } & Record<string, unknown>;
  readonly win: { readonly signtoolOptions?: { publisherName?: string } } & Record<string, unknown>;
}
const options = parse(text('electron-builder.yml')) as Options;
const packageJson = JSON.parse(text('package.json')) as { main: string; scripts: Record<string, string>; homepage?: string };

/** The builder's own check of options: what it does not know is refused. Reached through it, as it is its dependency. */
const builder = createRequire(createRequire(`${root}package.json`).resolve('electron-builder'));
const { validateConfiguration } = builder('app-builder-lib/out/util/config/config') as { validateConfiguration: (config: unknown, log: unknown) => Promise<void> };
const validate = (change: object): Promise<void> => validateConfiguration(structuredClone({ ...options, ...change }), { isEnabled: false });

describe('the configuration of the package', () => {
  it('is one that electron-builder accepts, and it refuses a word that it does not know', async () => {
    await validate({});
    await expect(validate({ asarUnpak: [] })).rejects.toThrow('asarUnpak');
    await expect(validate({ electronFuses: { ...options.electronFuses, wasmTrapHandlers: true } })).rejects.toThrow('electronFuses');
  });

  it('sets every fuse that the builder can set, as wanted', () => {
    const { wasmTrapHandlers: _, ...settable } = WANTED;
    expect(options.electronFuses).toEqual(settable);
  });

  it('keeps everything but natives in the archive, and looks at it twice', () => {
    expect(options).toMatchObject({ asar: { smartUnpack: false }, asarUnpack: ['**/*.node'], beforePack: 'dist/build/before-pack.js', afterPack: 'dist/build/after-pack.js', npmRebuild: false, removePackageScripts: true });
    expect(options).not.toHaveProperty('disableAsarIntegrity');
    expect(packageJson.main).toBe('dist/main/start.js');
    expect(options.files).toEqual(expect.arrayContaining(['dist/main/natives.json', 'LICENSE', 'THIRD-PARTY-LICENCES', '!**/*.test.js', '!dist/app/sim/**', '!dist/app/cli/**', '!dist/app/host/sandbox/**']));
  });

  it('runs no script when it is installed from or packed', () => {
    expect(Object.keys(packageJson.scripts).filter((name) => /^(?:pre|post)|^(?:install|prepare)/.test(name))).toEqual([]);
    expect(Object.keys(options).filter((name) => /^(?:before|after|on)[A-Z]|Hook$/.test(name)).toSorted()).toEqual(['afterPack', 'beforePack']);
  });

  it('registers the links that the app reads, and no others', () => {
    expect(options['protocols']).toEqual([{ name: 'Bowline', schemes: [LINK_SCHEME] }]);
  });

  it("keeps Chromium's texts in the languages of the app", () => {
    expect(options['electronLanguages']).toEqual(LANGUAGES.map((language) => (language === 'en' ? 'en-US' : language)));
  });

  it('names the place of updates exactly when this build has one, and then who publishes it', () => {
    expect(options.publish?.url).toBe(UPDATE_FEED);
    if (UPDATE_FEED === undefined) return expect(options).not.toHaveProperty('publish');
    expect(options.publish?.provider).toBe('generic');
    return expect(options.win.signtoolOptions?.publisherName).toMatch(/^CN=/);
  });

  it('makes file names that a manifest can name', () => {
    expect(options['artifactName']).toBe('${productName}-${version}-${os}-${arch}.${ext}');
  });

  it('is a tray app under the hardened runtime on macOS', () => {
    expect(options.mac).toMatchObject({ hardenedRuntime: true, minimumSystemVersion: '13.0', entitlements: 'build/entitlements.mac.plist', entitlementsInherit: 'build/entitlements.mac.plist', extendInfo: { LSUIElement: true } });
    // An update is read from the zip.
    expect((options.mac['target'] as { target: string }[]).map(({ target }) => target)).toEqual(['dmg', 'zip']);
  });

  it('asks macOS for one exception, to compile at run time', () => {
    const plist = text('build/entitlements.mac.plist').replaceAll(/<!--[\s\S]*?-->/g, '');
    expect([...plist.matchAll(/<key>([^<]+)<\/key>\s*<(\w+)\/>/g)].map(([, key, value]) => [key, value])).toEqual([['com.apple.security.cs.allow-jit', 'true']]);
    expect(plist.match(/<key>/g)).toHaveLength(1);
  });

  it('signs natives on Windows and installs for the whole computer', () => {
    expect(options.win['signExts']).toEqual(['.node']);
    expect(options['nsis']).toEqual({ oneClick: false, perMachine: true, allowToChangeInstallationDirectory: false });
  });

  it('is a deb on Linux, whose command is bowline', () => {
    expect(options['linux']).toMatchObject({ executableName: 'bowline', target: [{ target: 'deb', arch: ['x64', 'arm64'] }] });
  });
});
