/** The report and the replay as commands: what is written, for whom, and what is said of a file that is none. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeHost, type FakeHost } from '../../tests/doubles/fake-engine.ts';
import { staticRun } from '../../tests/kit/recorded-worlds.ts';
import { startControlSocket, type ControlSocket } from '../host/control-socket/server.ts';
import { formatRecording, MARK, type Recording } from '../recorder/recording.ts';
import { unpack } from '../host/report.ts';
import { diagnostics, replayFile } from './diagnostics-verbs.ts';
import { paintFor } from './table.ts';
import type { Terminal } from './verbs.ts';

let folder: string;
let socket: ControlSocket;
let host: FakeHost;
let out: string[];
let errors: string[];
const terminal: Terminal = { out: (line) => out.push(line), error: (line) => errors.push(line), paint: paintFor({}, {}), wait: () => Promise.resolve(), timeOf: (iso) => iso };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bowline-report-'));
  host = fakeHost({});
  socket = await startControlSocket({ host, path: join(folder, 's.sock') });
  out = [];
  errors = [];
});
afterEach(async () => {
  await socket.close();
  rmSync(folder, { recursive: true });
});

const file = (name: string): string => join(folder, name);

describe('diagnostics', () => {
  it('writes a file that only its owner reads, summary first and recording last', async () => {
    expect(await diagnostics({ socket: socket.path, stateDirectory: folder, json: false, names: false, output: file('a.txt') }, terminal)).toBe(0);
    expect(statSync(file('a.txt')).mode & 0o777).toBe(0o600);
    const lines = readFileSync(file('a.txt'), 'utf8').split('\n');
    const titles = lines.filter((line) => line.startsWith('=== '));
    expect(titles[0]).toBe('=== Summary ===');
    expect(titles.at(-1)).toBe(MARK);
    // One screen.
    expect(lines.indexOf(titles[1]!)).toBeLessThan(40);
    expect(out.join()).toContain(file('a.txt'));
  });

  it('without a file prints the report, or one JSON object', async () => {
    expect(await diagnostics({ socket: socket.path, stateDirectory: folder, json: false, names: false, output: undefined }, terminal)).toBe(0);
    expect(out.join('\n')).toContain('=== Summary ===');
    out = [];
    expect(await diagnostics({ socket: socket.path, stateDirectory: folder, json: true, names: false, output: undefined }, terminal)).toBe(0);
    expect(JSON.parse(out.join())).toHaveProperty('report');
  });

  it('says so when the file cannot be written', async () => {
    expect(await diagnostics({ socket: socket.path, stateDirectory: folder, json: false, names: false, output: file('no/such/folder.txt') }, terminal)).toBe(1);
    expect(errors.join()).toContain('ENOENT');
  });
});

describe('replay', () => {
  const { node } = staticRun(1).engines[0]!;
  const write = (recording: Recording, change = (text: string): string => text): string => {
    writeFileSync(file('r.txt'), change(`Words of a report\n${MARK}\n${formatRecording(recording)}\n`));
    return file('r.txt');
  };

  it('of a sound recording says so, in the form of a simulation', async () => {
    expect(await replayFile({ json: true, accept: false, file: write(node.recording()) }, terminal)).toBe(0);
    expect(JSON.parse(out.join())).toMatchObject({ ok: true, seed: null, steps: node.recording().steps, traceHash: node.recording().traceHash, violations: [], metrics: {} });
  });

  it('of another run says where it differs', async () => {
    const recording = node.recording();
    const segments = recording.segments.map((segment) => {
      const bytes = Buffer.from(segment.isPacked ? unpack(segment.bytes)! : segment.bytes);
      for (const [is, shall] of [['initiator', 'responder'], ['responder', 'initiator']] as const) {
        const at = bytes.indexOf(is);
        if (at >= 0) {
          bytes.write(shall, at);
          break;
        }
      }
      return { ...segment, isPacked: false, bytes };
    });
    expect(await replayFile({ json: true, accept: false, file: write({ ...recording, segments }) }, terminal)).toBe(1);
    expect(JSON.parse(out.join())).toMatchObject({ ok: false, violations: [{ rule: 'replay', text: expect.stringMatching(/step \d+, .*"fact: session": it decides/) }] });
  });

  it('that is accepted keeps in its file how it is decided now, and the words before it', async () => {
    const other = write({ ...node.recording(), traceHash: '0'.repeat(16) });
    expect(await replayFile({ json: false, accept: false, file: other }, terminal)).toBe(1);
    expect(await replayFile({ json: false, accept: true, file: other }, terminal)).toBe(0);
    expect(await replayFile({ json: false, accept: false, file: other }, terminal)).toBe(0);
    expect(readFileSync(other, 'utf8')).toMatch(/^Words of a report\n/);
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, -200), 'cut off or damaged'],
    ['without a recording', () => 'hello', 'no recording'],
    ['of another format', (text: string) => text.replace('"bowlineRecording":1', '"bowlineRecording":9'), 'another version'],
  ])('of a file %s says so', async (_what, change, words) => {
    expect(await replayFile({ json: false, accept: false, file: write(node.recording(), change) }, terminal)).toBe(1);
    expect(errors.join()).toContain(words);
    expect(out).toEqual([]);
  });

  it('of no file, or of one without its beginning, says so', async () => {
    expect(await replayFile({ json: false, accept: false, file: file('none') }, terminal)).toBe(1);
    expect(errors.join()).toContain('ENOENT');
    expect(await replayFile({ json: false, accept: false, file: write({ ...node.recording(), droppedSteps: 7 }) }, terminal)).toBe(1);
    expect(errors.join()).toContain('first 7 steps');
  });
});

describe('diagnostics of a host that hangs', () => {
  const LOG = '2026-11-21T10:00:00.000Z info account: hs.example.org asks 198.51.100.7 for a sign-in\nat secretName (x.ts)\n';

  async function ask(names: boolean): Promise<{ readonly exit: number; readonly report: string }> {
    const path = join(folder, 'hung.sock');
    const hung = spawn(process.execPath, ['-e', 'require("node:net").createServer().listen(process.argv[1], () => console.log("up"))', path], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(hung.stdout, 'data');
      hung.kill('SIGSTOP');
      writeFileSync(file('bowline.log'), LOG);
      writeFileSync(file('settings'), 'torn');
      const before = readdirSync(folder);
      const exit = await diagnostics({ socket: path, stateDirectory: folder, json: false, names, output: undefined, replyWithin: 300 }, terminal);
      expect(readdirSync(folder)).toEqual(before);
      return { exit, report: out.join('\n') };
    } finally {
      hung.kill('SIGKILL');
    }
  }

  it('says so, and still has what is on disk, of the log no text', async () => {
    const { exit, report } = await ask(false);
    expect(exit).toBe(1);
    expect(errors.join()).toMatch(/did not answer diagnostics within 0\.3 s\. It hangs or is stopped\./);
    expect(report).toContain('2026-11-21T10:00:00.000Z info account: withheld\nwithheld');
    expect(report).toContain('theme: system');
    for (const name of ['example.org', '198.51', 'secretName', folder]) expect(report).not.toContain(name);
  });

  it('has all of it for its owner, when asked for', async () => {
    expect((await ask(true)).report).toContain(LOG.trimEnd());
  });
});
