/** What an account comes to on a screen: the life of its key, links, and keys to compare. */
import { describe, expect, it } from 'vitest';
import { fingerprint, hostOf, initials, keyLife } from './account.ts';

const DAY = 86_400_000;

describe('the life of a key', () => {
  it.each([
    [null, 'unending', undefined],
    [8 * DAY, 'lasts', false],
    [7 * DAY, 'lasts', true],
    [1, 'lasts', true],
    [0, 'expired', undefined],
    [-DAY, 'expired', undefined],
  ])('with %s ms left is %s', (left, kind, warn) => {
    const life = keyLife(left === null ? null : 1_000 + left, 1_000, null);
    expect(life.kind).toBe(kind);
    if (life.kind === 'lasts') expect(life.warn).toBe(warn);
  });

  it('is measured by its whole length: a key of one day is not in amber from the beginning', () => {
    expect(keyLife(23 * 3_600_000, 0, DAY)).toMatchObject({ kind: 'lasts', warn: false });
    expect(keyLife(2 * 3_600_000, 0, DAY)).toMatchObject({ kind: 'lasts', warn: true });
  });
});

describe('what is shown of a server', () => {
  it('a key falls into groups of eight that make the whole', () => {
    const key = `mkey:${'0123456789abcdef'.repeat(4)}`;
    const { prefix, groups } = fingerprint(key);
    expect(groups).toHaveLength(8);
    expect(prefix + groups.join('')).toBe(key);
    expect(fingerprint('')).toEqual({ prefix: '', groups: [] });
  });

  it('names and initials are short', () => {
    expect(hostOf('https://hs.example.org:443')).toBe('hs.example.org');
    expect(hostOf('http://127.0.0.1:8080')).toBe('127.0.0.1:8080');
    expect(initials('hs.example.org')).toBe('HS');
    expect(initials('Ada Home')).toBe('AH');
    expect(initials('')).toBe('');
  });
});
