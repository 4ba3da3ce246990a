/**
 * Every state that a snapshot can tell, brought to the screen: each message of the catalogue with its cause and next step, and
 * each value of the schema's lists. The cases are made from catalogue and schema, so what is added there is asked for here.
 * The page's clock stands still meanwhile: what is seen needed no tick, no timer and no second look.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../../app/api/explain.ts';
import { AccountPhase, CandidateView, KeysView, LockedWhy, LoginItemState, OsView, PeerHealth, RelayView, UpdateView, type AccountView, type Snapshot } from '../../app/api/schema.ts';
import { speaker } from '../../app/api/speaker.ts';
import { translator } from '../../app/language/texts.ts';
import type { Message } from '../../app/node/messages.ts';
import { scenes } from '../../renderer/src/fake-scene-list.ts';
import { fakeTray } from '../../renderer/src/fake-shell.ts';
import { EXAMPLES_AT, examples } from '../doubles/messages.ts';
import { Stage, type UiWindow } from './window.ts';

interface Case {
  readonly name: string;
  readonly route: string;
  /** Where it stands. */
  readonly at: string;
  readonly change: Partial<Snapshot>;
  /** In sight, and behind "Why, and what to do". */
  readonly says: readonly string[];
  readonly explains: readonly string[];
}

const english = speaker('en');
const { text } = translator('en');
const base = scenes.mesh();
const account = base.account!;

/** An example whose instants are as far from `now` as they were from the time of the examples. */
function at<M extends Message>(message: M, now: number): M {
  const moved = Object.entries(message).map(([key, value]): [string, unknown] => {
    if (typeof value === 'number' && key.endsWith('At') && key !== 'expiredAt') return [key, value - EXAMPLES_AT + now];
    return [key, typeof value === 'object' && value !== null && 'key' in value ? at(value as Message, now) : value];
  });
  return Object.fromEntries(moved) as unknown as M;
}

type Put = (message: Message, now: number) => Pick<Case, 'route' | 'at' | 'change'>;

const cause = (message: Message, now: number): Partial<Snapshot> => ({ overall: { ...base.overall, causes: [{ id: 'one', severity: 'stale', message, sinceAt: now - 5_000, peer: null }] } });
const onOverview: Put = (message, now) => ({ route: '#/', at: '[data-testid=causes]', change: cause(message, now) });
const entry = base.history[0]!;
const inHistory = (part: 'cause' | 'action' | 'result'): Put => (message) => ({ route: '#/history', at: '[data-testid=history-entry]', change: { history: [{ ...entry, id: 900, [part]: message, durationMs: 900 }] } });

/** By the beginning of a message's key: where a snapshot carries it, and who shows it there. */
const PLACES: readonly (readonly [prefix: string, put: Put])[] = [
  ['overall.', (sentence) => ({ route: '#/', at: '[data-testid=hero]', change: { overall: { ...base.overall, state: sentence.key === 'overall.connected' ? 'connected' : 'attention', sentence, causes: [] } } })],
  ['cause.', onOverview],
  ['trouble.relay-', (trouble, now) => onOverview({ key: 'cause.relay', relay: 'lab', trouble, nextTryAt: now + 4_000 } as Message, now)],
  ['trouble.not-a-relay', (trouble, now) => onOverview({ key: 'cause.relay', relay: 'lab', trouble, nextTryAt: now + 4_000 } as Message, now)],
  ['trouble.', (trouble, now) => onOverview({ key: 'cause.server-trouble', trouble, nextTryAt: now + 4_000, tunnelWorks: true } as Message, now)],
  ...(['control', 'relay', 'path', 'os'] as const).map((name): readonly [string, Put] => [
    `truth.${name}`,
    (detail, now) => ({ route: '#/health', at: `.panel[data-truth=${name}]`, change: { truths: { ...base.truths, [name]: { state: 'stale', provedAt: now - 9_000, detail } } } }),
  ]),
  ...(['direct', 'relay', 'none'] as const).map((kind): readonly [string, Put] => [
    `why.${kind}`,
    (why) => ({ route: '#/peers/beacon', at: '[data-testid=why]', change: { peers: base.peers.map((peer) => (peer.name === 'beacon' ? { ...peer, path: { ...peer.path, kind, why } } : peer)) } }),
  ]),
  ['port-mapping.', (portMapping) => ({ route: '#/health', at: '[data-testid=network-around]', change: { netcheck: { ...base.netcheck!, portMapping } } })],
  ['history.cause.', inHistory('cause')],
  ['history.action.', inHistory('action')],
  ['history.result.', inHistory('result')],
];
/** Answers to the question `why`, which a terminal asks; no snapshot carries them. */
const ASKED_FOR = 'filter.';
/** What is as it should be needs no next step. */
const SPEAKS_FOR_ITSELF: ReadonlySet<string> = new Set(['overall.connected', 'why.direct-configured', 'why.direct-followed', 'why.direct-proved', 'port-mapping.mapped']);

function ofMessage(example: Message, now: number): Case {
  const message = at(example, now);
  const put = PLACES.find(([prefix]) => message.key.startsWith(prefix))?.[1];
  if (put === undefined) throw new Error(`no page shows ${message.key}`);
  const found = message.key.startsWith('history.') || SPEAKS_FOR_ITSELF.has(message.key) ? null : explain(message, 'en');
  const { head, rest } = english.sayParts(message, now);
  return { name: message.key, ...put(message, now), says: rest === '' || message.key.startsWith('trouble.') ? [head] : [head, rest], explains: found === null ? [] : [found.cause, found.doing, found.next] };
}

/** Values of the schema's lists, each with the text that tells it. */
function ofLists(now: number): readonly Case[] {
  const of = (name: string, route: string, where: string, change: Partial<Snapshot>, ...says: readonly string[]): Case => ({ name, route, at: where, change, says, explains: [] });
  const [first, ...others] = base.peers;
  const [relay, ...relays] = base.relays;
  const os: OsView = { state: 'settled', sinceAt: now - 9_000, items: [], missing: 0, attempts: 0, undone: 0, opponent: null, nextTryAt: null };
  const shell = (over: Partial<typeof fakeTray>): Partial<Snapshot> => ({ shell: { ...fakeTray, ...over } });
  const phase = (name: AccountView['phase']): Partial<Snapshot> => ({ account: { ...account, phase: name, phaseSinceAt: now - 3_000, keyChange: name === 'key-changed' ? { pinned: 'mkey:00', offered: 'mkey:11' } : null } });
  const host = 'hs.example.org';
  return [
    ...AccountPhase.options.map((name) => of(`phase ${name}`, '#/health', '.panel[data-truth=control]', phase(name), text(`account.phase.${name}`, { host }))),
    ...PeerHealth.options.map((health) => of(`health ${health}`, '#/peers/anchor', '[data-testid=why]', { peers: [{ ...first!, health, lastDataAt: now - 1_000 }, ...others] }, text(`peer-state.${health}`))),
    ...RelayView.entries.state.options.map((state) => of(`relay ${state}`, '#/health', '[data-relay=fra]', { relays: [{ ...relay!, state }, ...relays] }, text(`around.relay.${state}`))),
    ...OsView.entries.state.options.map((state) => of(`system ${state}`, '#/health', '.panel[data-truth=os]', { os: { ...os, state } }, text(`health.system.${state}`))),
    ...OsView.entries.items.item.entries.kind.options.map((kind) => of(`item ${kind}`, '#/health', '.panel[data-truth=os]', { os: { ...os, state: 'repairing', items: [{ kind, name: '' }], missing: 1 } }, text(`health.item.${kind}`))),
    ...CandidateView.entries.source.options.map((source) =>
      of(`candidate of ${source}`, '#/peers/anchor', '[data-testid=candidate]', { peers: [{ ...first!, path: { ...first!.path, candidates: [{ endpoint: '192.0.2.1:1', source, sent: 1, answered: 0, lastAnswerAt: null, latencyMs: null, badUntil: null }] } }, ...others] }, text(`candidates.source.${source}`)),
    ),
    ...LockedWhy.options.map((locked) => of(`locked ${locked}`, '#/accounts', '[data-testid=account]', { accounts: [{ id: host, server: `https://${host}`, user: null, active: true, state: 'locked', locked }] }, text(`keys.locked.${locked}`, { account: host, server: host }))),
    ...LoginItemState.options.filter((state) => state !== 'on' && state !== 'off').map((loginItem) => of(`login item ${loginItem}`, '#/settings', '[data-testid=setting-startAtLogin]', shell({ loginItem }), text(`shell.login-item.${loginItem}`))),
    ...KeysView.options[0].entries.by.options.map((by) => of(`sealed by ${by}`, '#/settings', '[data-testid=keys]', shell({ keys: { kind: 'sealed', by } }), text('keys.sealed', { by }))),
    ...KeysView.options[1].entries.why.options.map((why) => of(`keys open ${why}`, '#/settings', '[data-testid=keys]', shell({ keys: { kind: 'open', why } }), text(`keys.open.${why}`))),
    ...offs().map((why) => of(`no update ${why}`, '#/settings', '[data-testid=about]', shell({ update: { kind: 'off', why } }), text(`about.update.off.${why}`))),
    ...failures().map((why) =>
      of(`update failed ${why}`, '#/settings', '[data-testid=about]', shell({ update: { kind: 'failed', version: '0.2.0', cause: why, detail: null, retry: 'check', checkedAt: base.wall } }), text(`about.update.failed.${why}`, { version: '0.2.0' } as never)),
    ),
  ];
}

type Update<K extends UpdateView['kind']> = Extract<UpdateView, { readonly kind: K }>;
const variant = (kind: UpdateView['kind']) => UpdateView.options.find(({ entries }) => entries.kind.literal === kind)!.entries as unknown as Readonly<Record<string, { readonly options: readonly string[] }>>;
const offs = () => variant('off')['why']!.options as readonly Update<'off'>['why'][];
const failures = () => variant('failed')['cause']!.options as readonly Update<'failed'>['cause'][];

let stage: Stage;
let view: UiWindow;
let now: number;
beforeAll(async () => {
  stage = await Stage.open();
  view = await stage.still('mesh', '#/');
  now = await view.page.evaluate(() => {
    let engine = 0;
    window.fakeEngine.change((_, time) => {
      engine = time;
      return {};
    });
    return engine;
  });
});
afterAll(async () => {
  await view.close();
  await stage.close();
});

/** Shows each case in turn; what was not told, and by how much the page's clock had moved. */
async function shown(cases: readonly Case[]): Promise<{ readonly missing: readonly string[]; readonly waited: number }> {
  const { overall, truths, peers, history, netcheck, relays, os, accounts, shell, sandbox } = base;
  return view.page.evaluate(
    async ({ calm, list }) => {
      const tidy = (said: string): string => said.replaceAll('\u00a0', ' ').replaceAll(/\s+/g, ' ');
      /** What was set going has run, and no clock has. */
      const turn = (): Promise<void> =>
        new Promise((done) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => done();
          port2.postMessage(null);
        });
      const lacks = ({ at: where, says, explains }: (typeof list)[number]): readonly string[] => {
        const found = [...document.querySelectorAll<HTMLElement>(where)];
        const seen = tidy(found.map((part) => part.innerText).join(' '));
        const behind = tidy(found.flatMap((part) => [...part.querySelectorAll('.explained dd')].map((each) => each.textContent ?? '')).join(' '));
        return [...says.filter((each) => !seen.includes(tidy(each))), ...explains.filter((each) => !behind.includes(tidy(each)))];
      };
      const began = performance.now();
      const missing: string[] = [];
      for (const each of list) {
        if (window.location.hash !== each.route) {
          const changed = new Promise((done) => window.addEventListener('hashchange', done, { once: true }));
          window.location.hash = each.route;
          await changed;
        }
        window.fakeEngine.change(() => ({ ...calm, ...each.change }));
        let left = lacks(each);
        for (let turns = 0; turns < 20 && left.length > 0; turns++) {
          await turn();
          left = lacks(each);
        }
        if (left.length > 0) missing.push(`${each.name}: ${left.join(' | ')}; instead: ${tidy([...document.querySelectorAll<HTMLElement>(each.at)].map((part) => part.innerText).join(' ')).slice(0, 300)}`);
      }
      return { missing, waited: performance.now() - began };
    },
    { calm: { overall, truths, peers, history, netcheck, relays, os, accounts, shell, sandbox, account }, list: cases },
  );
}

describe('every state is on the screen as soon as the page hears of it', () => {
  const messages = Object.values<Message>(examples).filter(({ key }) => !key.startsWith(ASKED_FOR));

  it('each message of the engine, with why it is so and what to do', async () => {
    const began = performance.now();
    const { missing, waited } = await shown(messages.map((message) => ofMessage(message, now)));
    process.stdout.write(`${messages.length} messages, each from patch to words in ${((performance.now() - began) / messages.length).toFixed(1)} ms\n`);
    expect(missing).toEqual([]);
    expect(waited).toBe(0);
  });

  it('each value of the lists of the schema', async () => {
    const { missing, waited } = await shown(ofLists(now));
    expect(missing).toEqual([]);
    expect(waited).toBe(0);
  });
});
