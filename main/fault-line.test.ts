import { describe, expect, it } from 'vitest';
import { faultLine } from './fault-line.ts';

const thrown = (name: string, message: string, stack: string, code?: string): Error => Object.assign(new Error(message), { name, stack: `${name}: ${message}\n${stack}` }, code === undefined ? {} : { code });

describe('an error that nobody caught', () => {
  it('is told by its kind and its place, without its text and without the folders of this person', () => {
    const error = thrown('SyntaxError', 'Unexpected token in "canary-key"\nnodekey:canary', '    at parse (file:///opt/ada/Bowline.app/dist/main/app.js:3:4)\n    at C:\\People\\ada\\dist\\main\\tray.js:5:6\n    at node:internal/process/task_queues:95:5', 'ERR_X');
    expect(faultLine(error)).toBe('SyntaxError ERR_X at parse (main/app.js:3:4) at main/tray.js:5:6 at node:internal/process/task_queues:95:5');
    expect(faultLine(error)).not.toMatch(/canary|ada/);
  });

  it('may be anything, and names no code and no kind that are none', () => {
    expect([undefined, null, 'canary', { stack: 'canary' }].map(faultLine)).toEqual(['a thrown undefined', 'a thrown null', 'a thrown string', 'a thrown object']);
    expect(faultLine(thrown('canary key', 'x', '', 'canary key'))).toBe('Error');
    expect(faultLine(Object.assign(new Error('x'), { stack: undefined }))).toBe('Error');
  });

  it('is short, however deep it was', () => {
    expect(faultLine(thrown('RangeError', 'x', '    at deep (/a/b/c.js:1:1)\n'.repeat(5_000))).match(/at deep/g)).toHaveLength(8);
  });
});
