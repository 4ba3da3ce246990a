/** Addresses out of text against what Node's own parsers make of it: net.isIP, and URL for the value of an IPv6 address. */
import { isIPv4, isIPv6 } from 'node:net';
import * as fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { fromBytes, parseEndpoint, parseIp, parsePrefix, type IpAddress } from './ip.ts';

function bySystem(text: string): IpAddress | undefined {
  if (isIPv4(text)) return fromBytes(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return undefined;
  // URL writes any spelling in hexadecimal; ipaddr.js reads `::1.2.3.4` as `::ffff:1.2.3.4`, so it gets only that.
  return fromBytes(ipaddr.IPv6.parse(new URL(`http://[${text}]/`).hostname.slice(1, -1)).toByteArray());
}

const group = fc.stringMatching(/^[0-9a-fA-F]{1,4}$/);
const dotted = fc.array(fc.nat(300), { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
/** Mostly addresses, and near misses: a group too many or too few, two gaps, a tail in the wrong place. */
const v6like = fc
  .tuple(fc.array(group, { maxLength: 9 }), fc.array(group, { maxLength: 8 }), fc.constantFrom('::', ':', '', ':::'), fc.option(dotted, { nil: undefined }))
  .map(([head, tail, middle, v4]) => `${head.join(':')}${middle}${tail.join(':')}${v4 === undefined ? '' : `:${v4}`}`);
const text = fc.oneof(dotted, v6like, fc.stringMatching(/^[0-9a-f:.]{0,24}$/), fc.ipV4(), fc.ipV6());

describe('an address out of text', () => {
  it('is what the system makes of it, and none where it makes none', () => {
    fc.assert(
      fc.property(text, (t) => {
        expect(parseIp(t), t).toEqual(bySystem(t));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is read in every shape of RFC 4291 section 2.2', () => {
    const same = (a: string, b: string): void => expect(parseIp(a), a).toEqual(bySystem(b));
    same('2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a');
    same('FF01::101', 'ff01:0:0:0:0:0:0:101');
    same('::', '0:0:0:0:0:0:0:0');
    same('1::', '1:0:0:0:0:0:0:0');
    same('::13.1.68.3', '0:0:0:0:0:0:d01:4403');
    same('::FFFF:129.144.52.38', '0:0:0:0:0:ffff:8190:3426');
  });

  it('is none where a gap stands for nothing, stands twice, or an end is open', () => {
    for (const t of ['1:2:3:4::5:6:7:8', '1::2::3', ':1', '1:', ':', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', '1.2.3.4::', '::1.2.3', '1:2:3:4:5:6:7:1.2.3.4', '01.2.3.4', '1..2.3', '1.2.3.']) expect(parseIp(t), t).toBeUndefined();
  });

  it('is not mistaken for what stands around it', () => {
    expect(parsePrefix('fd00::1/')).toBeUndefined();
    expect(parsePrefix('fd00::1/0128')).toBeUndefined();
    expect(parseEndpoint('[::1]x:5')).toBeUndefined();
    expect(parseEndpoint('[::1:5')).toBeUndefined();
    expect(parseEndpoint('::1]:5')).toBeUndefined();
    expect(parseEndpoint('[]:5')).toBeUndefined();
  });
});
