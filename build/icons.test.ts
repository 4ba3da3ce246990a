/** The drawings of build/icons, and the files that are made of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inkFor, picturesFor, TRAY_ICONS, TRAY_MARGINS } from '../main/tray-pictures.ts';
import { toIcns, toIco, toPng } from './icon-files.ts';
import { draw, type Picture } from './raster.ts';
import { readPath, readSvg } from './svg-strokes.ts';

const text = (name: string): string => readFileSync(new URL(`icons/${name}.svg`, import.meta.url), 'utf8');
const tray = (icon: string, size: number, ink = '#000', margin = 0): Picture => draw([readSvg(text(`tray-${icon}`))], size, margin, ink);
const opacity = ({ pixels }: Picture): number[] => Array.from({ length: pixels.length / 4 }, (_, i) => pixels[i * 4 + 3]!);

describe('a drawing', () => {
  it('is read to its last part, or refused', () => {
    for (const file of readdirSync(new URL('icons/', import.meta.url))) expect(readSvg(text(file.replace(/\.svg$/, ''))).strokes.length).toBeGreaterThan(0);
    expect(() => readSvg('<svg viewBox="0 0 16 16"><circle cx="1"/></svg>')).toThrow('<circle> cannot be drawn');
    expect(() => readSvg('<svg viewBox="0 0 16 20"></svg>')).toThrow('view box');
    expect(() => readSvg('<svg viewBox="0 0 16 16"><path d="M0 0L1 1" fill="#000"/></svg>')).toThrow('only round strokes');
    expect(() => readPath('M0 0Q1 1 2 2')).toThrow('the path command Q');
    expect(() => readPath('M0 0L1')).toThrow('too early');
  });

  it('follows lines, curves and arcs to where they end', () => {
    const ends = (data: string) => readPath(data).map((line) => line.at(-1)!.map((value) => Math.round(value * 1_000) / 1_000));
    expect(ends('M1 1h2v-1l.5.5')).toEqual([[3.5, 0.5]]);
    expect(ends('M11.5.9C10.2 3.3 2.75 5 2.75 10a5.25 5.25 0 0 0 10.5 0')).toEqual([[13.25, 10]]);
    // Half a circle below: its middle is one radius under the line between its ends.
    const bow = readPath('M2.75 10a5.25 5.25 0 0 0 10.5 0')[0]!;
    expect(bow[20]!.map((value) => Math.round(value * 100) / 100)).toEqual([8, 15.25]);
    expect(readPath('M0 0a1 1 0 0 1 1 1')[0]!.every(([x, y]) => x >= -1e-9 && y <= 1 + 1e-9 && Math.abs(Math.hypot(x, y - 1) - 1) < 1e-9)).toBe(true);
  });
});

describe('the tray icons', () => {
  it('differ in shape by a tenth of their pixels at least, each from each, at 16 pixels', () => {
    for (const a of TRAY_ICONS) {
      for (const b of TRAY_ICONS) {
        if (a === b) continue;
        const [one, other] = [opacity(tray(a, 16)), opacity(tray(b, 16))];
        const drawn = one.filter((alpha) => alpha > 127).length;
        const apart = one.filter((alpha, i) => Math.abs(alpha - other[i]!) > 96).length;
        expect(apart / drawn, `${a} and ${b}`).toBeGreaterThan(0.1);
      }
    }
  });

  it('have strokes that are solid where a sign has to be read', () => {
    for (const icon of TRAY_ICONS) for (const size of [16, 20, 22, 24, 32]) expect(opacity(tray(icon, size)).filter((alpha) => alpha > 230).length / size ** 2, `${icon} ${size}`).toBeGreaterThan(0.06);
  });

  it('keep one ink, so that a system can give its own, and their margin', () => {
    for (const icon of TRAY_ICONS) {
      const { pixels } = tray(icon, 18, '#000', 1);
      for (let i = 0; i < pixels.length; i += 4) expect([pixels[i], pixels[i + 1], pixels[i + 2]]).toEqual([0, 0, 0]);
      expect(tray(icon, 24, '#fff', 2).pixels[3]).toBe(0);
    }
  });

  it('are marked by a dot without losing their own sign', () => {
    for (const icon of TRAY_ICONS) {
      const plain = opacity(tray(icon, 32));
      const marked = opacity(draw([readSvg(text(`tray-${icon}`)), readSvg(text('tray-dot'))], 32));
      expect(marked).not.toEqual(plain);
      // The left and the upper half are as they were.
      expect(marked.filter((_, i) => i % 32 < 17 || i < 32 * 17)).toEqual(plain.filter((_, i) => i % 32 < 17 || i < 32 * 17));
    }
  });
});

describe('which picture is shown', () => {
  const image = { icon: 'offline', dot: true } as const;

  it('is a template on macOS, and follows the bar elsewhere', () => {
    expect(picturesFor(image, { system: 'macos', dark: true, desktop: '' })).toEqual([
      { scale: 1, size: 18, file: 'offline-dot-18-black.png' },
      { scale: 2, size: 36, file: 'offline-dot-36-black.png' },
    ]);
    expect([true, false].map((dark) => inkFor({ system: 'windows', dark, desktop: '' }))).toEqual(['white', 'black']);
    expect(['KDE', 'GNOME', 'ubuntu:GNOME'].map((desktop) => inkFor({ system: 'linux', dark: false, desktop }))).toEqual(['black', 'white', 'white']);
  });

  it('is one that is made', () => {
    const made = new Set(TRAY_MARGINS.map(([size]) => size));
    for (const system of ['macos', 'windows', 'linux'] as const) for (const { size } of picturesFor(image, { system, dark: true, desktop: '' })) expect(made).toContain(size);
  });
});

describe('the files', () => {
  const app = (size: number): Picture => draw([readSvg(text(size <= 32 ? 'app-small' : 'app'))], size);

  it('PNG holds the pixels as they are', () => {
    const picture = tray('connected', 16);
    const png = toPng(picture);
    const at = png.indexOf('IDAT') + 4;
    const rows = inflateSync(png.subarray(at, at + png.readUInt32BE(at - 8)));
    expect([png.readUInt32BE(16), rows.length]).toEqual([16, 16 * 65]);
    expect(rows.subarray(1, 65)).toEqual(Buffer.from(picture.pixels.subarray(0, 64)));
  });

  it('ICO names each size, small ones as bitmaps from the bottom up', () => {
    const ico = toIco([app(16), app(256)]);
    expect([ico.readUInt16LE(4), ico[6], ico[22]]).toEqual([2, 16, 0]);
    const [first, second] = [ico.readUInt32LE(18), ico.readUInt32LE(34)];
    expect([ico.readUInt32LE(first), ico.readInt32LE(first + 8), ico.subarray(second + 1, second + 4).toString()]).toEqual([40, 32, 'PNG']);
    const { pixels } = app(16);
    const lowest = 15 * 16 * 4 + 8 * 4;
    expect([...ico.subarray(first + 40 + 32, first + 40 + 36)]).toEqual([pixels[lowest + 2], pixels[lowest + 1], pixels[lowest], pixels[lowest + 3]]);
    expect(second + ico.readUInt32LE(30)).toBe(ico.length);
  });

  it('ICNS frames each picture by its length', () => {
    const icns = toIcns([app(32), app(256)]);
    const types: string[] = [];
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) types.push(icns.toString('latin1', at, at + 4));
    expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4), types]).toEqual(['icns', icns.length, ['ic11', 'ic13', 'ic08']]);
    expect(() => toIcns([app(17)])).toThrow('no type for 17 pixels');
  });
});
