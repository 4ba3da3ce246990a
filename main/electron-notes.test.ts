/** Notifications with a stand-in for Electron's that keeps them as a system does: shown, put into its list after a while, taken away. */
import { beforeEach, describe, expect, it, vi } from 'vitest';

type Note = InstanceType<typeof import('node:events').EventEmitter> & { readonly options: { readonly id: string; readonly body: string }; close(): void };
const { list, world } = vi.hoisted(() => ({ list: [] as Note[], world: { isSupported: true } }));

vi.mock('electron', async () => {
  const { EventEmitter } = await import('node:events');
  return {
    Notification: class extends EventEmitter {
      static readonly isSupported = (): boolean => world.isSupported;
      static readonly removeAll = (): void => void list.splice(0);
      readonly options: Note['options'];
      constructor(options: Note['options']) {
        super();
        this.options = options;
      }
      show(): void {
        list.push(this as unknown as Note);
      }
      close(): void {
        const at = list.indexOf(this as unknown as Note);
        if (at >= 0) list.splice(at, 1);
        this.emit('close', { reason: 'applicationHidden' });
      }
    },
  };
});

const { createNotes } = await import('./electron-notes.ts');
const note = (id: string, body = 'b') => ({ id, title: 't', body, silent: false });
const bodies = (): string[] => list.map(({ options }) => options.body);

function setUp() {
  const notes = createNotes();
  const told: string[] = [];
  notes.onClick((id) => told.push(`click ${id}`));
  notes.onClosed((id) => told.push(`closed ${id}`));
  notes.onFailed((why) => told.push(`failed ${why}`));
  return { notes, told };
}

beforeEach(() => {
  list.length = 0;
  world.isSupported = true;
});

describe('a notification', () => {
  it('is one of an id, and what is taken back by us is not told as taken away', () => {
    const { notes, told } = setUp();
    notes.show(note('connection', 'first'));
    notes.show(note('connection', 'second'));
    expect([bodies(), list[0]!.options.id]).toEqual([['second'], 'connection']);
    notes.close('connection');
    notes.close('connection');
    expect([bodies(), told]).toEqual([[], []]);
  });

  it('that Windows put into its list is still taken back when it is over', () => {
    const { notes, told } = setUp();
    notes.show(note('connection'));
    list[0]!.emit('close', { reason: 'timedOut' });
    expect(told).toEqual([]);
    notes.close('connection');
    expect(bodies()).toEqual([]);
  });

  it('that a person takes away or clicks is told, and one that was replaced says nothing more', () => {
    const { notes, told } = setUp();
    notes.show(note('key'));
    const old = list[0]!;
    notes.show(note('key'));
    old.emit('click', {});
    old.emit('close', { reason: 'userCanceled' });
    list[0]!.emit('click', {});
    list[0]!.emit('close', {});
    list[0]!.emit('failed', {}, 'not allowed');
    expect(told).toEqual(['click key', 'closed key', 'failed not allowed']);
  });

  it('is not tried where the system has none', () => {
    world.isSupported = false;
    const { notes } = setUp();
    notes.show(note('key'));
    expect(bodies()).toEqual([]);
  });

  it('of a run before that was ended by force is taken back at the start on macOS', () => {
    const { platform } = process;
    setUp().notes.show(note('connection'));
    Object.defineProperty(process, 'platform', { value: 'linux' });
    createNotes();
    expect(list).toHaveLength(1);
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    createNotes();
    Object.defineProperty(process, 'platform', { value: platform });
    expect(list).toEqual([]);
  });
});
