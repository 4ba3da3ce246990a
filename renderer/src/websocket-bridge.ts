/**
 * Transport 1: one WebSocket to the origin the page came from. Each frame is one JSON object of app/api/schema.ts. A lost
 * socket is opened again after 0.5 s, doubling to 5 s, only while the page is visible; what waited fails at once.
 */
import { check, EventFrame, ReplyFrame, type Checked, type PageCommand, type Patch, type RequestFrame } from '../../app/api/schema.ts';
import { CLOSED, checkResult, Listeners, type Bridge, type Connection } from './bridge.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

type Waiting = (reply: Checked<unknown>) => void;

function parse(data: unknown): unknown {
  try {
    return typeof data === 'string' ? JSON.parse(data) : undefined;
  } catch {
    return undefined;
  }
}

export function webSocketBridge(address: string, page: Document = document): Bridge {
  const patches = new Listeners<Patch>();
  const connections = new Listeners<Connection>();
  const waiting = new Map<number, Waiting>();
  let connection: Connection = 'connecting';
  let socket: WebSocket | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let waitMs = FIRST_WAIT_MS;
  let lastId = 0;

  function become(next: Connection): void {
    connection = next;
    connections.tell(next);
  }

  function receive(event: MessageEvent): void {
    const frame = parse(event.data);
    const patch = check(EventFrame, frame, 'event');
    if (patch.ok) return patches.tell(patch.value.data);
    const reply = check(ReplyFrame, frame, 'reply');
    if (!reply.ok) return;
    const done = waiting.get(reply.value.id);
    waiting.delete(reply.value.id);
    done?.(reply.value.ok ? { ok: true, value: reply.value.result } : reply.value);
  }

  function lose(lost: WebSocket): void {
    if (lost !== socket) return;
    socket = undefined;
    for (const done of waiting.values()) done(CLOSED);
    waiting.clear();
    become('closed');
    openLater();
  }

  function openLater(): void {
    if (page.visibilityState === 'hidden' || socket !== undefined || retry !== undefined) return;
    retry = setTimeout(open, waitMs);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }

  function open(): void {
    clearTimeout(retry);
    retry = undefined;
    const next = new WebSocket(address);
    socket = next;
    next.addEventListener('open', () => {
      waitMs = FIRST_WAIT_MS;
      become('open');
    });
    next.addEventListener('message', receive);
    next.addEventListener('close', () => lose(next));
  }

  page.addEventListener('visibilitychange', () => {
    if (page.visibilityState === 'visible' && socket === undefined) {
      waitMs = FIRST_WAIT_MS;
      open();
      return;
    }
    clearTimeout(retry);
    retry = undefined;
  });
  open();

  return {
    request(command, params) {
      const target = socket;
      if (target?.readyState !== WebSocket.OPEN) return Promise.resolve(CLOSED);
      lastId += 1;
      const frame: RequestFrame = { id: lastId, command: command satisfies PageCommand, params };
      return new Promise((resolve) => {
        waiting.set(frame.id, (reply) => resolve(reply.ok ? checkResult(command, reply.value) : reply));
        target.send(JSON.stringify(frame));
      });
    },
    onPatch: (listener) => patches.add(listener),
    onConnection(listener) {
      listener(connection);
      return connections.add(listener);
    },
  };
}
