/** Starts the built demo and a Chromium for tests/ui/demo.test.ts, and waits for what a person would wait for. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { connectControl, type ControlClient } from '../../app/host/control-socket/client.ts';
import { findChromium, MISSING } from './chromium.ts';

const DEMO = fileURLToPath(new URL('../../dist/app/cli/demo.js', import.meta.url));
export const START_WITHIN = 30_000;

export interface Demo {
  readonly child: ChildProcess;
  readonly url: string;
  readonly origin: string;
  readonly socket: string;
  readonly control: ControlClient;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function until<T>(what: string, look: () => Promise<T | undefined>, within: number): Promise<T> {
  const end = performance.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`not within ${within / 1_000} s: ${what}`);
    await sleep(200);
  }
}

/** `program`: the built demo, from where the caller stands. */
export async function startDemo(program = DEMO): Promise<Demo> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  const match = await until('the address of the page', () => Promise.resolve(/(http:\/\/127\.0\.0\.1:\d+)\/\?token=[\w-]{43}[\s\S]*--socket (\S+)/.exec(text) ?? undefined), START_WITHIN);
  const url = /http:\S+/.exec(match[0])![0];
  const control = await connectControl(match[2]!);
  if (!control.ok) throw new Error(control.error.message);
  return { child, url, origin: match[1]!, socket: match[2]!, control: control.value };
}

export function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(MISSING);
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
