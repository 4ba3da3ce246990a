/** Darwin's source on the twin of its socket: recorded messages in, events out. */
import { afterEach, describe, expect, it } from 'vitest';
import type { OsEvent, OsNetworkSource } from '../../ports/os-network.ts';
import { openTwin, type RouteSocketTwin } from '../../../tests/doubles/route-socket-twin.ts';
import { createDarwinSource } from './darwin.ts';

const opened: (RouteSocketTwin | OsNetworkSource)[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

function play(twin = openTwin()) {
  const source = createDarwinSource(() => twin.near);
  const events: OsEvent[] = [];
  let check = (): void => {};
  opened.push(source, twin);
  source.start((event) => {
    events.push(event);
    check();
  });
  const heard = (kind: OsEvent['kind']): Promise<OsEvent> =>
    new Promise((resolve) => {
      check = () => {
        const last = events.at(-1);
        if (last?.kind === kind) resolve(last);
      };
      check();
    });
  return { twin, source, events, heard };
}

describe("Darwin's source", () => {
  it('is up before it returns', () => {
    expect(play().events).toEqual([{ kind: 'source-up' }]);
  });

  it('tells what changed, and neither neighbours nor groups nor answers', async () => {
    const { twin, events, heard } = play();
    for (const name of ['neighbourAdded', 'groupJoined', 'got', 'defaultRefused', 'miss'] as const) twin.send(name);
    await heard('miss');
    twin.send('defaultAdded');
    await heard('route');
    twin.send('addressDeleted');
    await heard('address');
    expect(events.map((event) => ('action' in event ? `${event.kind} ${event.action}` : event.kind))).toEqual(['source-up', 'miss', 'route added', 'address removed']);
  });

  it('says that it failed, once, when its socket ends', async () => {
    const { twin, events, heard } = play(openTwin('stream'));
    twin.close();
    expect(await heard('source-failed')).toEqual({ kind: 'source-failed', why: 'the other end is closed' });
    expect(events).toHaveLength(2);
  });

  it('says that it failed when there is no socket', () => {
    const events: OsEvent[] = [];
    const source = createDarwinSource(() => {
      throw new Error('socket AF_ROUTE: EMFILE');
    });
    source.start((event) => events.push(event));
    expect(events).toEqual([{ kind: 'source-failed', why: 'socket AF_ROUTE: EMFILE' }]);
    source.close();
  });

  it('is silent after close, also for what was read already', async () => {
    const { twin, source, events } = play();
    twin.send('miss');
    source.close();
    source.close();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(events).toEqual([{ kind: 'source-up' }]);
  });
});
