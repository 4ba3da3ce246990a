/** The catalogue in words a person reads: units, plurals, and the rules of the house for every message. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../node/messages.ts';
import { EXAMPLES_AT, examples } from '../../tests/doubles/messages.ts';
import { speaker } from './speaker.ts';
import { formatAge, formatBytes, formatDuration, formatLatency, say, sayParts, sayReconnects } from './words.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const NOW = EXAMPLES_AT;
const all: readonly Message[] = Object.values(examples);

describe('units', () => {
  it('writes ages from tenths to days, rounding down', () => {
    const cases: [number, string][] = [
      [0, '0.1 s'], [449, '0.4 s'], [999, '0.9 s'], [1_000, '1 s'], [52_900, '52 s'], [59_999, '59 s'], [64_000, '1 m 04 s'],
      [3_599_999, '59 m 59 s'], [11_400_000, '3 h 10 m'], [86_399_999, '23 h 59 m'], [6 * 86_400_000, '6 d'], [-5, '0.1 s'],
    ];
    for (const [ms, text] of cases) expect(plain(formatAge(ms))).toBe(text);
  });

  it('writes durations with tenths below ten seconds, rounding to the nearest', () => {
    const cases: [number, string][] = [[20, '<0.1 s'], [440, '0.4 s'], [3_100, '3.1 s'], [9_949, '9.9 s'], [9_950, '10 s'], [59_600, '1 m 00 s'], [180_000, '3 m 00 s']];
    for (const [ms, text] of cases) expect(plain(formatDuration(ms))).toBe(text);
  });

  it('writes latency with two digits and never as a bare zero', () => {
    const cases: [number, string][] = [[0, '<0.1 ms'], [0.3, '0.3 ms'], [0.94, '0.9 ms'], [9.96, '10 ms'], [31.4, '31 ms'], [250, '250 ms']];
    for (const [ms, text] of cases) expect(plain(formatLatency(ms))).toBe(text);
  });

  it('writes sizes with three digits in SI units', () => {
    const cases: [number, string][] = [
      [0, '0 B'], [999, '999 B'], [1_000, '1.00 kB'], [12_340, '12.3 kB'], [640e6, '640 MB'], [2.3e9, '2.30 GB'], [999_999, '1.00 MB'], [9_996, '10.0 kB'],
    ];
    for (const [bytes, text] of cases) expect(plain(formatBytes(bytes))).toBe(text);
  });

  it('puts a no-break space before the unit', () => {
    expect(formatAge(64_000)).toBe('1\u00a0m\u00a004\u00a0s');
    expect(formatBytes(2.3e9)).toBe('2.30\u00a0GB');
  });

  it('never shows NaN, whatever the number', () => {
    fc.assert(
      fc.property(fc.double(), (n) => {
        for (const format of [formatAge, formatDuration, formatLatency, formatBytes]) expect(format(n)).not.toMatch(/NaN|undefined|Infinity/);
      }),
    );
  });
});

describe('the catalogue', () => {
  it('says every message without leftovers', () => {
    for (const message of all) {
      expect(say(message, NOW), message.key).not.toMatch(/undefined|NaN|\[object|\$\{|^\s*$/);
    }
  });

  it('keeps the rules of plain words', () => {
    for (const message of all) {
      const text = say(message, NOW);
      expect(text, message.key).not.toMatch(/!|oops|please|successful|something went wrong|error/i);
      const { head, rest } = sayParts(message, NOW);
      expect(head, message.key).not.toMatch(/\.$/);
      if (rest !== '') expect(rest, message.key).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('counts in the singular and the plural', () => {
    expect(say({ key: 'overall.connected', answering: 3, total: 3 }, NOW)).toBe('Connected. All 3 devices answer');
    expect(say({ key: 'overall.connected', answering: 7, total: 9 }, NOW)).toBe('Connected. 7 of 9 devices answer');
    expect(say({ key: 'overall.some-silent', silent: 1, total: 3 }, NOW)).toBe('1 of 3 devices does not answer');
    expect(say({ key: 'overall.some-silent', silent: 2, total: 3 }, NOW)).toBe('2 of 3 devices do not answer');
    expect(say({ key: 'overall.none-answer', total: 1 }, NOW)).toBe('Offline. The other device does not answer');
  });

  it('lets ages inside a sentence tick with now', () => {
    const message = examples['cause.peer-silent'];
    expect(plain(say(message, NOW))).toBe('nas: no data for 1 m 04 s. Asked twice on 192.0.2.1:51820 without an answer. Trying again.');
    expect(plain(say(message, NOW + 1_000))).toContain('1 m 05 s');
  });

  it('says only the port when only the port changed', () => {
    const moved = (from: string, to: string): string => say({ key: 'history.cause.moved', peer: 'nas', from, to }, NOW);
    expect(moved('192.0.2.1:1000', '192.0.2.1:2000')).toBe('nas moved from port 1000 to port 2000');
    expect(moved('[2001:db8::1]:1', '[2001:db8::2]:1')).toBe('nas moved from [2001:db8::1]:1 to [2001:db8::2]:1');
  });

  it('leaves out what there is none of', () => {
    expect(say(examples['truth.path'], NOW)).toBe('2 direct, 1 relayed, 1 checking');
    expect(say({ key: 'truth.path', direct: 0, relayed: 0, checking: 0, quiet: 0, silent: 0 }, NOW)).toBe('No devices yet');
  });

  it('counts reconnects, and what still runs among them', () => {
    const said = (count: number, longestMs: number | null, running: number): string => plain(sayReconnects({ count, longestMs, running }));
    expect(said(0, null, 0)).toBe('no reconnect');
    expect(said(1, 800, 0)).toBe('1 reconnect, 0.8 s');
    expect(said(1, 41_000, 1)).toBe('1 reconnect, 41 s, still running');
    expect(said(3, 4_000, 0)).toBe('3 reconnects, longest 4.0 s');
    expect(said(3, 64_000, 1)).toBe('3 reconnects, longest 1 m 04 s, 1 still running');
  });

  it('names a message of a newer engine instead of throwing', () => {
    for (const key of ['cause.from-the-future', 'toString', '__proto__']) {
      expect(say({ key } as unknown as Message, NOW)).toBe(`Unknown message ${key}`);
    }
  });

  it('names a message whose values are of a newer engine, and takes no name of an object for a choice', () => {
    expect(say({ key: 'cause.peer-silent' } as unknown as Message, NOW)).toBe('Unknown message cause.peer-silent');
    expect(say({ key: 'truth.os-says-no', items: [{ kind: '__proto__', name: 'x' }], why: 'toString' } as unknown as Message, NOW)).toBe('The system refuses something. It says: toString. Trying again.');
  });

  it('says every message in German too, with other words than in English', () => {
    const german = speaker('de');
    const same = all.filter((message) => german.say(message, NOW) === say(message, NOW)).map(({ key }) => key);
    expect(same).toEqual(['port-mapping.mapped']);
    for (const message of all) {
      const { head, rest } = german.sayParts(message, NOW);
      expect(`${head} ${rest}`, message.key).not.toMatch(/undefined|NaN|\[object|[{}]|\b(du|dein\w*|Sie können|Ihnen|bitte)\b/);
      expect(head, message.key).not.toMatch(/\.$/);
    }
    expect(plain(german.say(examples['cause.peer-silent'], NOW))).toBe('nas: keine Daten seit 1 min 04 s. Zweimal unter 192.0.2.1:51820 ohne Antwort gefragt. Bowline versucht es weiter.');
    expect(plain(german.sayReconnects({ count: 3, longestMs: 4_000, running: 1 }))).toBe('3 Unterbrechungen, die längste 4,0 s, 1 dauert noch an');
  });
});
