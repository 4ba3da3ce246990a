/** What is told before a real tunnel is tried. */
import { describe, expect, it } from 'vitest';
import { missing } from './capabilities.ts';

const status = (effective: string): string => `Name:\tnode\nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t${effective}\n`;

describe('what a tunnel lacks', () => {
  it('is nothing with CAP_NET_ADMIN and the device', () => {
    expect(missing(status('0000000000001000'), undefined)).toBeUndefined();
    expect(missing(status('000001ffffffffff'), undefined)).toBeUndefined();
  });
  it('is the capability without its bit, whatever the device', () => {
    expect(missing(status('0000000000000fff'), undefined)?.sentence).toContain('CAP_NET_ADMIN');
    expect(missing(status('0000000000000000'), 'ENOENT')?.sentence).toContain('CAP_NET_ADMIN');
    expect(missing('', undefined)?.sentence).toContain('CAP_NET_ADMIN');
  });
  it('is the device, with what to do', () => {
    expect(missing(status('000001ffffffffff'), 'ENOENT')?.sentence).toContain('modprobe tun');
    expect(missing(status('000001ffffffffff'), 'EACCES')?.sentence).toContain('EACCES');
  });
});
