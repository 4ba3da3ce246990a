/** What the page believes while the engine talks, falls silent, goes and comes back. */
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeEngine } from './fake-bridge.ts';
import { scenes } from './fake-scene-list.ts';
import { ANSWER_WITHIN_MS, Link, SIGN_OF_LIFE_MS, usePage } from './store.ts';

let pageMs = 0;
let engine: FakeEngine;
let link: Link;

/** Lets the replies of the fake engine arrive. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const contact = (): string => usePage.getState().contact.kind;

async function pass(ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 1_000) {
    pageMs += 1_000;
    link.tick();
    await settle();
  }
}

beforeEach(async () => {
  pageMs = 1_000;
  engine = new FakeEngine(scenes.connected());
  link = new Link(engine, () => pageMs);
  await settle();
});

describe('contact with the engine', () => {
  it('is live after the first snapshot, and ages tick without messages', async () => {
    expect(contact()).toBe('live');
    const { now } = usePage.getState();
    pageMs += 3_000;
    link.tick();
    expect(usePage.getState().now - now).toBe(3_000);
  });

  it('asks for a sign of life after 15 quiet seconds and stays live', async () => {
    await pass(SIGN_OF_LIFE_MS + 2_000);
    expect(engine.asked.map((request) => request.command)).toEqual(['snapshot', 'snapshot']);
    expect(contact()).toBe('live');
  });

  it('asks at once when the page stood still, and shows no data as younger than that', async () => {
    engine.mute = true;
    const { now } = usePage.getState();
    pageMs += 8_000;
    link.tick();
    expect(engine.asked.map((request) => request.command)).toEqual(['snapshot', 'snapshot']);
    expect(usePage.getState().now - now).toBe(8_000);
  });

  it('is lost when a question waits 5 s and nothing comes, and live again with the next word', async () => {
    engine.mute = true;
    void link.request('check', { peer: null });
    await pass(ANSWER_WITHIN_MS);
    expect(contact()).toBe('live');
    await pass(1_000);
    expect(usePage.getState().contact).toMatchObject({ kind: 'lost', why: 'silent' });
    engine.mute = false;
    engine.change(() => ({ peers: [] }));
    expect(contact()).toBe('live');
    expect(usePage.getState().snapshot?.peers).toEqual([]);
  });

  it('is not lost while patches arrive, even if one answer is late', async () => {
    engine.mute = true;
    void link.request('ping', { peer: 'anchor', seq: 1 });
    for (let i = 0; i < 10; i += 1) {
      await pass(1_000);
      engine.mute = false;
      engine.change((snapshot) => ({ self: { ...snapshot.self, port: i } }));
      engine.mute = true;
    }
    expect(contact()).toBe('live');
  });

  it('is lost at once when the connection closes, and live only with a new snapshot', async () => {
    engine.connect('closed');
    expect(usePage.getState().contact).toMatchObject({ kind: 'lost', why: 'closed' });
    engine.connect('open');
    expect(contact()).toBe('lost');
    await settle();
    expect(contact()).toBe('live');
  });

  it('a gap asks for one new snapshot, however many patches have it', async () => {
    const { now, wall, revision } = engine.snapshot;
    for (const ahead of [5, 6, 7]) engine.send({ from: revision + ahead, revision: revision + ahead + 1, now, wall });
    await settle();
    expect(engine.asked.map((request) => request.command)).toEqual(['snapshot', 'snapshot']);
  });

  it('a reply that is not of the schema is told, not shown', async () => {
    const broken = new FakeEngine({ ...scenes.connected(), schema: 2 } as never);
    link = new Link(broken, () => pageMs);
    await settle();
    expect(usePage.getState().snapshot).toBeNull();
    expect(usePage.getState().fault?.message).toContain('schema');
  });
});
