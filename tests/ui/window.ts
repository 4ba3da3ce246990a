/**
 * One page of the UI in Chromium, with what must hold for every page: nothing on the console, nothing from another origin,
 * no violation that axe can see. Page objects (pages.ts) stand on it.
 */
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { SceneName } from '../../renderer/src/fake-scene-list.ts';
import { WALL } from '../../renderer/src/fake-scenes.ts';
import { findChromium, MISSING } from './chromium.ts';
import { serve, type Served } from './serve.ts';

export const SIZES = { wide: { width: 980, height: 680 }, rail: { width: 720, height: 680 }, phone: { width: 400, height: 800 } } as const;
export type Look = { readonly size?: keyof typeof SIZES; readonly theme?: 'light' | 'dark'; readonly contrast?: 'more' | 'no-preference' };

export function openChromium(args: readonly string[]): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) return Promise.reject(new Error(MISSING));
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...args] });
}

/** Chromium and the fake page's server; one per test file. */
export class Stage {
  readonly #browser: Browser;
  readonly served: Served;

  private constructor(browser: Browser, served: Served) {
    this.#browser = browser;
    this.served = served;
  }

  static async open(build = 'renderer-fake', policy?: string): Promise<Stage> {
    const browser = await openChromium(['--force-color-profile=srgb']);
    return new Stage(browser, await serve(fileURLToPath(new URL(`../../dist/${build}/`, import.meta.url)), {}, policy));
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.served.close();
  }

  /** A fresh window on any address of the served origin. */
  async window(path: string, look: Look = {}): Promise<UiWindow> {
    const context = await this.#context(look);
    return this.#show(context, await context.newPage(), path);
  }

  #context(look: Look): Promise<BrowserContext> {
    return this.#browser.newContext({
      viewport: SIZES[look.size ?? 'wide'],
      colorScheme: look.theme ?? 'light',
      contrast: look.contrast ?? 'no-preference',
      timezoneId: 'UTC',
      locale: 'en-GB',
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
  }

  async #show(context: BrowserContext, page: Page, path: string): Promise<UiWindow> {
    const window = new UiWindow(context, page, this.served.origin);
    await page.goto(`${this.served.origin}${path}`);
    await page.waitForSelector('.app');
    await page.evaluate(() => document.fonts.ready);
    return window;
  }

  /** A page of another host, by its whole address. */
  async visit(url: string): Promise<UiWindow> {
    const context = await this.#context({});
    const page = await context.newPage();
    const window = new UiWindow(context, page, new URL(url).origin);
    await page.goto(url);
    await page.waitForSelector('.app');
    return window;
  }

  async scene(name: SceneName, route = '#/', look: Look = {}): Promise<UiWindow> {
    return this.window(`/fake.html?scene=${name}${route}`, look);
  }

  /** A scene whose clock stands 1.5 s after its beginning, and goes on only by `page.clock`. */
  async still(name: SceneName, route: string, look: Look = {}): Promise<UiWindow> {
    const context = await this.#context(look);
    const page = await context.newPage();
    await page.clock.install({ time: WALL - 60_000 });
    await page.clock.pauseAt(WALL);
    const window = await this.#show(context, page, `/fake.html?scene=${name}${route}`);
    await page.clock.runFor(1_500);
    // The one font that is not ours: each system has another.
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(':root { --font-mono: "Inter Variable", sans-serif !important; }');
      document.adoptedStyleSheets.push(sheet);
    });
    return window;
  }

  /** An empty page of no site. */
  async blank(): Promise<Page> {
    return this.#browser.newPage();
  }

  /** A window that was last looked at so many ms before the scene begins. */
  async afterAbsence(name: SceneName, forMs: number, route = '#/', look: Look = {}): Promise<UiWindow> {
    const view = await this.scene(name, route, look);
    await view.context.addInitScript((lookedAt) => localStorage.setItem('bowline.looks', JSON.stringify({ lookedAt, away: null })), WALL - forMs);
    await view.page.reload();
    await view.page.evaluate(() => document.fonts.ready);
    // The first tick is the first look.
    await view.page.waitForFunction(() => JSON.parse(localStorage.getItem('bowline.looks') ?? '{}').away !== null);
    return view;
  }
}

export class UiWindow {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[] = [];
  readonly foreign: string[] = [];
  readonly failed: string[] = [];
  readonly #origin: string;

  constructor(context: BrowserContext, page: Page, origin: string) {
    this.context = context;
    this.page = page;
    this.#origin = origin;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(origin)) this.foreign.push(request.url());
    });
    page.on('response', (response) => {
      if (response.status() >= 400) this.failed.push(`${response.status()} ${response.url()}`);
    });
    page.on('requestfailed', (request) => {
      // What a page still loaded when it was left is no failure.
      const why = request.failure()?.errorText ?? '';
      if (why !== 'net::ERR_ABORTED') this.failed.push(`${why} ${request.url()}`);
    });
  }

  /** Another scene in this window, from its beginning: cheaper than a window of its own. */
  async show(name: SceneName, route = '#/'): Promise<void> {
    await this.page.evaluate(() => localStorage.clear());
    // Twice the same scene would only be another place of the same page.
    await this.page.goto('about:blank');
    await this.page.goto(`${this.#origin}/fake.html?scene=${name}${route}`);
    await this.page.waitForSelector('.screen');
    await this.page.evaluate(() => document.fonts.ready);
  }

  /** Another page of the scene in this window. */
  async go(route: string): Promise<void> {
    await this.page.evaluate(async (hash) => {
      if (window.location.hash === hash) return;
      const changed = new Promise((resolve) => window.addEventListener('hashchange', resolve, { once: true }));
      window.location.hash = hash;
      await changed;
    }, route);
  }

  /** Another size or look of the same window. */
  async look({ size = 'wide', theme = 'light', contrast = 'no-preference' }: Look): Promise<void> {
    await this.page.emulateMedia({ colorScheme: theme, contrast });
    await this.page.setViewportSize(SIZES[size]);
  }

  /** What every window must satisfy when a test is done with it. */
  async close(): Promise<void> {
    expect(this.complaints, 'the console').toEqual([]);
    expect(this.foreign, 'requests to other origins').toEqual([]);
    expect(this.failed, 'requests that failed').toEqual([]);
    await this.context.close();
  }

  async violations(): Promise<readonly string[]> {
    return violationsOf(this.page);
  }
}

/** What axe finds, in words. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  // Evaluated from outside: the page's own policy lets no such script in.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(`${axe.source}; undefined`);
  return page.evaluate(async () => {
    type Found = { readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[] }[] };
    const { axe } = globalThis as unknown as { readonly axe: { run(options: { readonly resultTypes: readonly string[] }): Promise<Found> } };
    const found = await axe.run({ resultTypes: ['violations'] });
    return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} (${node.failureSummary.replaceAll('\n', ' ')})`));
  });
}
