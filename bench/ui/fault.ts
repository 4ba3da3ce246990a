/** A fault of the built demo, pressed on its page: until the page says what broke. What is measured is the engine's noticing above all. */
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, startDemo, until } from '../../tests/ui/demo-run.ts';
import { compare, type Row } from '../bench.ts';
import { drawn, nowMs, tellWhenDrawn } from './drawn.ts';

/** Those that something tells at once; silence, as of a cut cable, is known only by waiting (docs/RELIABILITY.md has its times). */
const FAULTS = [
  { button: 'break-stop-relay', tab: 'Paths', truth: 'relay', what: 'a fault of the demo until its words are on the screen: the relay ends' },
  { button: 'break-stop-server', tab: 'Server', truth: 'control', what: 'a fault of the demo until its words are on the screen: the server ends' },
] as const;
const WELL_WITHIN = 120_000;
const DEMO = fileURLToPath(new URL('../../app/cli/demo.js', import.meta.url));

async function press(page: Page, { button, tab, truth }: (typeof FAULTS)[number]): Promise<number> {
  const where = `.truths [data-truth=${truth}]`;
  const says = async (word: string): Promise<true | undefined> => ((await page.locator(where).innerText()).includes(word) ? true : undefined);
  await page.getByRole('radio', { name: tab, exact: true }).click();
  await until(`${truth} well`, () => says('OK'), WELL_WITHIN);
  const knob = page.getByTestId(button);
  await until('the end of the last fault', async () => ((await knob.isEnabled()) ? true : undefined), WELL_WITHIN);
  const seen = drawn(page, where, 'Down');
  const began = nowMs();
  await knob.click();
  const ms = (await seen) - began;
  await until(`${truth} well again`, () => says('OK'), WELL_WITHIN);
  return ms;
}

export async function faults(rounds: number): Promise<Row[]> {
  const demo = await startDemo(DEMO);
  let browser: Browser | undefined;
  try {
    browser = await openBrowser();
    const context = await browser.newContext({ viewport: { width: 1_180, height: 820 }, reducedMotion: 'reduce' });
    await tellWhenDrawn(context);
    const page = await context.newPage();
    await page.goto(demo.url);
    await page.getByTestId('hero').getByText('Connected').waitFor({ timeout: WELL_WITHIN });
    const samples = FAULTS.map((): number[] => []);
    for (let round = 0; round < rounds; round++) for (const [i, fault] of FAULTS.entries()) samples[i]!.push(await press(page, fault));
    return FAULTS.map(({ what }, i) => compare(what, 'ms', samples[i]!, []));
  } finally {
    await browser?.close();
    demo.control.close();
    demo.child.kill('SIGKILL');
  }
}
