/**
 * The pictures of docs/WALKTHROUGH.md, made anew from a real run: the real Headscale, the real relay, three Bowlines each behind a
 * router of its own, and the page of one of them in Chromium as a person uses it. Nothing is faked, and each picture is taken when the
 * page says what its text tells. After `npm run build`, as root on Linux, with what `npm run test:peers` and `npm run test:ui` need:
 *
 *   node dist/tests/commands/walkthrough.js
 *
 * It tells each picture, and ends with 1 where the page does not come to say what it should.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { BowlineNode } from '../peers/bowline-node.ts';
import { SERVER_NAME, SERVER_URL } from '../peers/headscale-lab.ts';
import { NatLab, needNatLab } from '../peers/nat-lab.ts';
import { until, type Room } from '../peers/rooms.ts';
import { findChromium, MISSING } from '../ui/chromium.ts';
import { indexedPng } from '../ui/indexed-png.ts';
import { pixelsOf } from '../ui/pictures.ts';

const IMAGES = fileURLToPath(new URL('../../../docs/images/', import.meta.url));
const COMMAND = fileURLToPath(new URL('../../app/cli/bowline.js', import.meta.url));
const SIZE = { width: 980, height: 680 } as const;
/** ms that the page has to say something: the machine may have other work. */
const PATIENCE = 60_000;

class Walk {
  readonly page: Page;
  readonly #eye: Page;

  constructor(page: Page, eye: Page) {
    this.page = page;
    this.#eye = eye;
  }

  /** Waits until the page says all of it. */
  async says(...words: readonly (string | RegExp)[]): Promise<void> {
    for (const word of words) await this.page.getByText(word).first().waitFor({ timeout: PATIENCE });
  }

  async visit(name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
  }

  async picture(name: string): Promise<void> {
    await this.page.mouse.move(0, 0);
    const { rgba, width, height } = await pixelsOf(this.#eye, await this.page.screenshot({ animations: 'disabled', caret: 'hide' }));
    writeFileSync(path.join(IMAGES, name), indexedPng(rgba, width, height));
    console.log(name);
  }
}

/** Chromium inside a room, so that the page is asked for where it is served. */
async function browserIn(room: Room, lab: NatLab): Promise<Browser> {
  const program = findChromium();
  if (program === undefined) throw new Error(MISSING);
  const door = lab.server.segment.file('chromium-in-room', `#!/bin/sh\nexec ip netns exec ${room.name} ${program} "$@"\n`);
  chmodSync(door, 0o700);
  return chromium.launch({ executablePath: door, args: ['--no-sandbox', '--force-color-profile=srgb'] });
}

/** What a person types first, and the address of the page. */
async function begin(room: Room, lab: NatLab): Promise<string> {
  const state = path.join(lab.server.segment.folder, 'laptop.state');
  const environment = { NODE_EXTRA_CA_CERTS: lab.server.trust.NODE_EXTRA_CA_CERTS, NO_COLOR: '1' };
  const running = room.start([process.execPath, COMMAND, 'up', '--server', SERVER_URL, '--foreground', '--hostname', 'laptop', '--state', state], environment);
  const ask = ['ui', '--state', state];
  let url: string | undefined;
  await until(async () => {
    if (running.child.exitCode !== null) throw new Error(`bowline ended: ${running.error()}`);
    url = /http:\S+/.exec((await room.tryRun([process.execPath, COMMAND, ...ask], environment)).out)?.[0];
    return url !== undefined;
  }, 'the address of the page', PATIENCE);
  return url!;
}

async function walk(lab: NatLab, browser: Browser): Promise<void> {
  const [laptop, attic, office] = [lab.site(0), lab.site(1), lab.site(2)];
  for (const [site, name] of [[attic, 'attic'], [office, 'office']] as const) await new BowlineNode(lab.server, site.room, name).join(await lab.server.authKey());
  // The office lets no UDP out, so that one device stays relayed; nor does the network that the laptop is in at first.
  await office.blockUdp();
  await laptop.blockUdp();

  const context = await browser.newContext({ viewport: SIZE, locale: 'en-GB', colorScheme: 'light', reducedMotion: 'reduce', permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  const it = new Walk(page, await (await browser.newContext()).newPage());
  await page.goto(await begin(laptop.room, lab));

  await it.says(`Sign in to ${SERVER_NAME}`, 'Waiting for you to sign in', /^8\ss$/);
  await it.picture('walkthrough/1-sign-in.png');

  await lab.server.approve((await page.getByRole('link', { name: 'Open the sign-in page' }).getAttribute('href')) ?? '');
  await it.says('In the network with 2 devices');
  for (const name of ['attic', 'office']) laptop.room.start(['ping', '-i', '1', (await lab.server.nodeOf(name)).ipAddresses.find((address) => address.includes('.')) ?? '']);
  await it.says('Connected to 2 devices');
  await it.picture('walkthrough/2-connected.png');

  await page.getByRole('link', { name: 'Open the overview' }).click();
  await it.says('Connected. All 2 devices answer.', '2 relayed', 'UDP is blocked here');
  await it.picture('walkthrough/3-relayed.png');
  await laptop.unblockUdp();
  await it.says('1 direct, 1 relayed');
  await it.picture('walkthrough/4-direct.png');

  await it.visit('Peers');
  await page.locator('tr[data-peer=office] .rowlink').click();
  await page.getByTestId('why').getByText('no answer from').waitFor({ timeout: PATIENCE });
  await it.picture('walkthrough/5-why-relayed.png');

  await it.visit('Overview');
  const way = /via (\S+)/.exec(await laptop.room.ip('route show default'))?.[1] ?? '';
  await laptop.room.ip('link set lan0 down');
  await it.says('Offline. This computer has no network', 'No data is proved at this moment.', /^8\ss$/);
  await it.picture('walkthrough/6-cable.png');
  await laptop.room.ip('link set lan0 up');
  await laptop.room.ip(`route add default via ${way}`);
  await it.says('Connected. All 2 devices answer.', '1 direct, 1 relayed', 'keeps the list of devices up to date');
  await page.getByTestId('causes').waitFor({ state: 'detached', timeout: PATIENCE });
  await it.picture('overview.png');

  await it.visit('History');
  await page.getByTestId('history-entry').first().waitFor();
  await it.picture('walkthrough/7-history.png');
  await it.visit('Diagnostics');
  await page.getByTestId('preview').waitFor();
  await page.getByTestId('copy-report').click();
  await it.says('to the clipboard. Nothing was sent.');
  await it.picture('walkthrough/8-diagnostics.png');
}

needNatLab();
mkdirSync(path.join(IMAGES, 'walkthrough'), { recursive: true });
const lab = await NatLab.open(['easy', 'easy', 'easy']);
let browser: Browser | undefined;
try {
  browser = await browserIn(lab.site(0).room, lab);
  await walk(lab, browser);
} catch (error) {
  const page = browser?.contexts()[0]?.pages()[0];
  console.error(`${error instanceof Error ? error.message : String(error)}\nThe page said:\n${(await page?.locator('body').innerText().catch(String)) ?? ''}`);
  process.exitCode = 1;
} finally {
  await browser?.close();
  await lab.close();
}
