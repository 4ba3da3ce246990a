import { describe, expect, it } from 'vitest';
import { whyNoUpdates, type Build } from './update-standing.ts';

const build = (change: Partial<Build> = {}): Build => ({
  platform: 'darwin',
  isPackaged: true,
  isAppImage: false,
  feed: 'https://updates.example/',
  keys: ['a', 'b'],
  config: 'provider: generic\npublisherName:\n  - CN=Bowline\n',
  signature: 'Identifier=org.bowline.Bowline\nTeamIdentifier=ABCDE12345\n',
  isInPlace: true,
  ...change,
});

describe('a build', () => {
  it('that is signed, in its place, and knows publisher and feed is updated', () => {
    expect(whyNoUpdates(build())).toBeUndefined();
    expect(whyNoUpdates(build({ platform: 'win32', signature: '', isInPlace: false }))).toBeUndefined();
    expect(whyNoUpdates(build({ platform: 'linux', isAppImage: true, signature: '', isInPlace: false }))).toBeUndefined();
  });

  it('is not, and says why, wherever one of these lacks', () => {
    expect(whyNoUpdates(build({ isPackaged: false }))).toBe('not-packaged');
    expect(whyNoUpdates(build({ platform: 'linux' }))).toBe('by-the-system');
    expect(whyNoUpdates(build({ feed: undefined }))).toBe('no-feed');
    expect(whyNoUpdates(build({ config: undefined }))).toBe('no-feed');
    for (const keys of [[], ['a']]) expect(whyNoUpdates(build({ keys }))).toBe('no-key');
    for (const signature of ['', 'TeamIdentifier=not set\n', 'Signature=adhoc']) expect(whyNoUpdates(build({ signature }))).toBe('unsigned');
    expect(whyNoUpdates(build({ platform: 'win32', config: 'provider: generic\n' }))).toBe('unsigned');
    expect(whyNoUpdates(build({ isInPlace: false }))).toBe('misplaced');
  });
});
