/** Page objects: what a person sees and does, so that tests do not know the markup. */
import type { Locator } from 'playwright-core';
import type { BreakItId, TruthName } from '../../app/api/schema.ts';
import type { UiWindow } from './window.ts';

export class Shell {
  readonly #window: UiWindow;
  constructor(window: UiWindow) {
    this.#window = window;
  }

  async chip(): Promise<string> {
    return (await this.#window.page.getByTestId('chip').innerText()).replaceAll('\u00a0', ' ');
  }

  async visit(name: 'Overview' | 'Peers' | 'History' | 'Health' | 'Accounts'): Promise<void> {
    await this.#window.page.getByRole('navigation').getByRole('link', { name }).click();
  }

  /** Everything drawn in the colour of proof. */
  green(): Locator {
    return this.#window.page.locator('.st.ok:visible');
  }

  /** The colour of proof itself, wherever it is on screen, as counted from computed styles. */
  async greenElements(): Promise<readonly string[]> {
    return this.#window.page.evaluate(() => {
      const root = getComputedStyle(document.documentElement);
      const probe = document.createElement('i');
      document.body.append(probe);
      const greens = new Set(['--ok-fg', '--ok-fill'].map((name) => {
        probe.style.color = root.getPropertyValue(name);
        return getComputedStyle(probe).color;
      }));
      probe.remove();
      return [...document.querySelectorAll('.app *')]
        .filter((element) => element.getClientRects().length > 0)
        .filter((element) => {
          const style = getComputedStyle(element);
          return [style.color, style.backgroundColor, style.fill, style.stroke].some((colour) => greens.has(colour));
        })
        .map((element) => element.outerHTML.slice(0, 120));
    });
  }
}

export class Overview {
  readonly #window: UiWindow;
  readonly hero: Locator;
  constructor(window: UiWindow) {
    this.#window = window;
    this.hero = window.page.getByTestId('hero');
  }

  async sentence(): Promise<string> {
    return (await this.hero.getByRole('heading').innerText()).replaceAll('\u00a0', ' ');
  }

  async tone(): Promise<string | null> {
    return this.hero.getAttribute('data-tone');
  }

  async causes(): Promise<readonly string[]> {
    return (await this.#window.page.getByTestId('causes').getByRole('listitem').allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' '));
  }

  fault(id: BreakItId): Locator {
    return this.#window.page.getByTestId(`break-${id}`);
  }

  latest(): Locator {
    return this.#window.page.getByTestId('latest-entry');
  }

  peer(name: string): Locator {
    return this.#window.page.locator(`[data-testid=mini-peer][data-peer="${name}"]`);
  }
}

export class Peers {
  readonly #window: UiWindow;
  constructor(window: UiWindow) {
    this.#window = window;
  }

  rows(): Locator {
    return this.#window.page.getByTestId('peer-row');
  }

  row(name: string): Locator {
    return this.#window.page.locator(`[data-testid=peer-row][data-peer="${name}"]`);
  }

  async names(): Promise<readonly string[]> {
    return this.rows().evaluateAll((rows) => rows.map((row) => row.getAttribute('data-peer') ?? ''));
  }

  search(): Locator {
    return this.#window.page.getByRole('textbox', { name: 'Name or address' });
  }

  head(name: string): Locator {
    return this.#window.page.getByRole('columnheader', { name });
  }

  drawer(): Locator {
    return this.#window.page.getByTestId('drawer');
  }

  outcome(): Locator {
    return this.#window.page.getByTestId('outcome');
  }

  /** Of the open details: the sentence that says why. */
  async why(): Promise<string> {
    return (await this.drawer().getByTestId('why').locator('p').innerText()).replaceAll('\u00a0', ' ');
  }

  tryDirect(): Locator {
    return this.drawer().getByRole('button', { name: 'Try direct now' });
  }

  /** Of the open details: each address that was tried, as one line of words. */
  async candidates(): Promise<readonly string[]> {
    return (await this.drawer().getByTestId('candidate').allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' ').replaceAll('\n', ' '));
  }

  /** What a row says of the way to its peer. */
  async way(name: string): Promise<string> {
    return (await this.row(name).locator('.c-path').innerText()).replaceAll('\u00a0', ' ');
  }
}

export class History {
  readonly #window: UiWindow;
  constructor(window: UiWindow) {
    this.#window = window;
  }

  /** What stands about the time one was away: the line, and below it how it ended. */
  async away(): Promise<string> {
    return (await this.#window.page.getByTestId('away').locator('p').innerText()).replaceAll('\u00a0', ' ');
  }

  /** Heads of the groups, in order. */
  async groups(): Promise<readonly string[]> {
    return this.#window.page.locator('.grphead').allInnerTexts();
  }

  /** Entries of one group, each as one line of words. */
  async entries(group: string): Promise<readonly string[]> {
    return lines(this.#window.page.locator('section', { has: this.#window.page.getByRole('heading', { name: group, exact: true }) }).getByTestId('history-entry'));
  }

  async all(): Promise<readonly string[]> {
    return lines(this.#window.page.getByTestId('history-entry'));
  }

  device(): Locator {
    return this.#window.page.getByTestId('history-device');
  }
}

async function lines(of: Locator): Promise<readonly string[]> {
  return (await of.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

export class Health {
  readonly #window: UiWindow;
  constructor(window: UiWindow) {
    this.#window = window;
  }

  async truths(): Promise<readonly string[]> {
    return this.#window.page.locator('.panel[data-truth]').evaluateAll((panels) => panels.map((panel) => panel.getAttribute('data-truth') ?? ''));
  }

  /** All that one truth says, as one line of words. */
  async truth(name: TruthName): Promise<string> {
    return (await lines(this.#window.page.locator(`.panel[data-truth=${name}]`)))[0] ?? '';
  }

  async age(name: TruthName): Promise<string> {
    return this.#window.page.locator(`.panel[data-truth=${name}] .age`).innerText();
  }

  /** Repairs that run. */
  async repairs(): Promise<readonly string[]> {
    return lines(this.#window.page.locator('[data-testid=history-entry][data-running=true]'));
  }

  /** What somebody undid, and what became of it. */
  async undone(): Promise<readonly string[]> {
    return lines(this.#window.page.getByTestId('undone').getByTestId('history-entry'));
  }

  /** Facts of the network around, and rows of relays, as lines of words. */
  async around(): Promise<readonly string[]> {
    return (await this.#window.page.getByTestId('network-around').locator('.ev2 > div').allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' ').replace('\n', ': '));
  }

  relay(code: string): Locator {
    return this.#window.page.locator(`[data-testid=relay-row][data-relay="${code}"]`);
  }

  measure(): Locator {
    return this.#window.page.getByTestId('measure');
  }

  measured(): Locator {
    return this.#window.page.getByTestId('measured');
  }
}

/** Who uses the page without a mouse. */
export class Keys {
  readonly #window: UiWindow;
  constructor(window: UiWindow) {
    this.#window = window;
  }

  async press(key: string): Promise<void> {
    await this.#window.page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.#window.page.keyboard.type(text);
  }

  async has(control: Locator): Promise<boolean> {
    return control.evaluateAll((found) => found.includes(document.activeElement as HTMLElement));
  }

  /** Walks with Tab until this control has the focus. */
  async to(control: Locator): Promise<void> {
    for (let i = 0; i < 80 && !(await this.has(control)); i++) await this.press('Tab');
    if (!(await this.has(control))) throw new Error(`Tab does not reach ${String(control)}`);
  }

  async activate(control: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
    await this.to(control);
    await this.press(key);
  }

  /** Something on the page has the focus: it was not lost with what was done. */
  async isSomewhere(): Promise<boolean> {
    return this.#window.page.evaluate(() => document.activeElement !== null && document.activeElement !== document.body);
  }
}
