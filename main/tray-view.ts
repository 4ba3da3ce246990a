/**
 * What the tray shows of a face: image, tooltip, menu, what each entry does, and when another view would be right. A pure
 * function, so that image, tooltip and menu can never disagree. It decides nothing about the network: state, sentence and
 * causes are the face's, which the window shows too. The entries are always the same ones, in the same order; what does not
 * apply is there and not visible, so that the menu is changed in place.
 */
import type { Face } from '../app/api/face.ts';
import { hostOf } from '../app/api/account-state.ts';
import type { AccountEntry, UpdateView } from '../app/api/schema.ts';
import { formatAge, formatDuration } from '../app/api/units.ts';
import { isRunning, lasted } from '../app/api/reconnects.ts';
import type { TextKey, Values } from '../app/language/texts.ts';
import { plainLine } from './plain-line.ts';
import { steadyAge, steadyLeft, steadyMessage } from './steady-age.ts';
import { ICON_OF, type MenuEntry, type TrayImage } from './tray-port.ts';
import type { TrayWords } from './tray-words.ts';

/** Pages of the window that a click can open. */
export type WindowPage = 'overview' | 'peers' | 'history' | 'health' | 'accounts' | 'diagnostics' | 'settings' | 'join';

export type TrayAction =
  | { readonly kind: 'open'; readonly page: WindowPage | null }
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'check' }
  | { readonly kind: 'report' }
  | { readonly kind: 'switch'; readonly account: string; readonly name: string }
  | { readonly kind: 'quit' };

export interface TrayScene {
  readonly face: Face;
  readonly accounts: readonly AccountEntry[];
  readonly update: UpdateView | null;
  /** What a person asked for here and what came of it. */
  readonly desk: { readonly running: ReadonlySet<string>; readonly outcome: { readonly key: TextKey; readonly values: Values } | null };
  /** Engine time, and ms since 1970. */
  readonly now: number;
  readonly wall: number;
}

export interface TrayView {
  readonly image: TrayImage;
  readonly tooltip: string;
  readonly menu: readonly MenuEntry[];
  readonly actions: ReadonlyMap<string, TrayAction>;
  /** Engine time; null: it stays right. */
  readonly changesAt: number | null;
}

/** More causes than this are counted, not listed. */
const CAUSES_SHOWN = 3;
/** Windows cuts a tooltip at 127 characters. */
const TOOLTIP_MOST = 120;
/** A cause that would be cut to less is left to the menu. */
const CAUSE_AT_LEAST = 20;
/** A menu gets no wider for the sake of one entry. */
const LABEL_MOST = 110;

export function trayView(scene: TrayScene, words: TrayWords): TrayView {
  const { face, now } = scene;
  const actions = new Map<string, TrayAction>();
  let changesAt = face.changesAt ?? Infinity;
  const until = <T>({ value, until: at }: { readonly value: T; readonly until: number | null }): T => {
    changesAt = Math.min(changesAt, at ?? Infinity);
    return value;
  };
  const text = (id: string, label: string | null): MenuEntry => ({ kind: 'text', id, visible: label !== null, label: plainLine(label ?? '', LABEL_MOST) });
  const line = (id: string): MenuEntry => ({ kind: 'line', id, visible: true });
  const action = (id: string, label: string, does: TrayAction | null): MenuEntry => {
    if (does !== null) actions.set(id, does);
    const busy = scene.desk.running.has(id);
    return { kind: 'action', id, visible: does !== null, label: plainLine(busy ? words.text('tray.busy', { what: label }) : label, LABEL_MOST), enabled: !busy };
  };

  const sentence = sentenceOf(face, words, now);
  const causes = face.causes.map(({ message }) => words.head(until(steadyMessage(message, now)), now));
  const more = causes.length - CAUSES_SHOWN;
  const need = face.need;
  const update = scene.update !== null && (scene.update.kind === 'available' || scene.update.kind === 'ready') ? scene.update : null;
  const menu = withoutEmptyParts([
    text('state', sentence),
    ...Array.from({ length: CAUSES_SHOWN }, (_, i) => text(`cause-${i}`, causes[i] ?? null)),
    text('more', more > 0 ? words.text('tray.more', { n: more }) : null),
    action('need', need === null ? '' : words.text(NEED_TEXTS[need.kind], { host: need.host }), needAction(face)),
    line('line-self'),
    face.address === null
      ? action('address', words.text('tray.no-address'), null)
      : action('address', words.text('tray.copy-address', { address: face.address }), { kind: 'copy', text: face.address }),
    text('devices', devicesText(face, words)),
    text('key', keyText(face, words, now, until)),
    text('reconnect', reconnectText(face, words, now)),
    line('line-account'),
    text('account', face.account === null ? null : words.text('tray.account', { user: face.account.user ?? 'none', network: face.account.network })),
    accountsGroup(scene.accounts, scene.desk.running, words, actions),
    action('check', words.text('tray.check'), isThere(face) ? { kind: 'check' } : null),
    action('report', words.text('tray.report'), isThere(face) ? { kind: 'report' } : null),
    text('outcome', scene.desk.outcome === null ? null : words.text(scene.desk.outcome.key, scene.desk.outcome.values)),
    line('line-end'),
    action('update', update === null ? '' : words.text('tray.update', { version: update.version }), update === null ? null : { kind: 'open', page: 'settings' }),
    action('open', words.text('tray.open'), { kind: 'open', page: null }),
    action('settings', words.text('tray.settings'), { kind: 'open', page: 'settings' }),
    action('quit', words.text('tray.quit'), { kind: 'quit' }),
    { kind: 'text', id: 'stale', visible: false, label: words.text('tray.stale') },
  ]);
  const image = { icon: ICON_OF[face.state], dot: update !== null };
  return { image, tooltip: tooltipOf(sentence, face.state === 'connected' ? undefined : causes[0], words), menu, actions, changesAt: Number.isFinite(changesAt) ? changesAt : null };
}

/** A line stands only between two things that are seen. */
function withoutEmptyParts(menu: readonly MenuEntry[]): MenuEntry[] {
  let filled = false;
  return menu.map((entry) => {
    if (entry.kind !== 'line') {
      filled ||= entry.visible;
      return entry;
    }
    const visible = filled;
    filled = false;
    return { ...entry, visible };
  });
}

/** The sentence of the state, as the window's first line says it. */
export function sentenceOf({ state, sentence }: Face, words: TrayWords, now: number): string {
  if (sentence !== null) return words.say(sentence, now);
  return words.text(state === 'lost' ? 'tray.lost' : 'tray.starting');
}

const NEED_TEXTS = { 'sign-in': 'tray.sign-in', 'sign-in-again': 'tray.sign-in', answer: 'tray.answer', renewal: 'tray.renewal' } as const satisfies Record<NonNullable<Face['need']>['kind'], TextKey>;

const isThere = ({ state }: Face): boolean => state !== 'starting' && state !== 'lost';

/** The browser where the page is known, else the window, which says what is to be done. */
function needAction({ need }: Face): TrayAction | null {
  if (need === null) return null;
  const inBrowser = need.kind === 'renewal' || (need.kind === 'sign-in' && need.ready);
  return inBrowser ? { kind: 'sign-in' } : { kind: 'open', page: 'overview' };
}

function devicesText({ devices, state }: Face, words: TrayWords): string | null {
  if (state === 'starting' || state === 'lost') return null;
  const { total, direct, relayed } = devices;
  if (total > 0 && direct + relayed === 0) return words.text('tray.devices-quiet', { total });
  return words.text('tray.devices', { total, direct, relayed });
}

function keyText({ key }: Face, words: TrayWords, now: number, until: <T>(steady: { readonly value: T; readonly until: number | null }) => T): string | null {
  switch (key?.kind) {
    case undefined:
      return null;
    case 'unending':
      return words.text('tray.key-unending');
    case 'lasts':
      return words.text('tray.key-lasts', { left: formatAge(until(steadyLeft(now + key.leftMs, now)), words.language) });
    case 'expired':
      return words.text('tray.key-expired', { ago: formatAge(until(steadyAge(now - key.agoMs, now)), words.language) });
  }
}

function reconnectText({ lastReconnect: last, state }: Face, words: TrayWords, now: number): string | null {
  if (state === 'starting' || state === 'lost') return null;
  if (last === null) return words.text('tray.no-reconnect');
  const at = words.when(last.at);
  const cause = words.head(last.cause, last.startedAt);
  return isRunning(last) ? words.text('tray.reconnecting', { at, cause }) : words.text('tray.reconnect', { at, took: formatDuration(lasted(last, now), words.language), cause });
}

/** Only where there is a choice. The active one is marked, and does nothing. */
function accountsGroup(accounts: readonly AccountEntry[], running: ReadonlySet<string>, words: TrayWords, actions: Map<string, TrayAction>): MenuEntry {
  const entries = accounts.map((account): MenuEntry => {
    const id = `account ${account.id}`;
    const host = hostOf(account.server);
    const name = words.text('tray.account-entry', { user: account.user ?? 'none', host, state: account.state === 'signed-in' ? 'signed_in' : 'other' });
    if (!account.active) actions.set(id, { kind: 'switch', account: account.id, name: host });
    return { kind: 'choice', id, visible: true, label: plainLine(running.has(id) ? words.text('tray.busy', { what: name }) : name, LABEL_MOST), enabled: running.size === 0 || account.active, checked: account.active };
  });
  return { kind: 'group', id: 'accounts', visible: accounts.length > 1, label: words.text('tray.accounts'), entries };
}

function tooltipOf(sentence: string, cause: string | undefined, words: TrayWords): string {
  const first = plainLine(words.text('tray.tooltip', { sentence }), TOOLTIP_MOST);
  const left = TOOLTIP_MOST - first.length - 1;
  return cause === undefined || cause === sentence || left < CAUSE_AT_LEAST ? first : `${first}\n${plainLine(cause, left)}`;
}
