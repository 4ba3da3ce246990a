/**
 * Ends the packet worker of a running Bowline as a crash would, through Node's inspector, which SIGUSR1 switches on. Run
 * in the namespace of that Bowline; exits with 0 when one worker was ended.
 */
import { WebSocket } from 'ws';

const INSPECTOR = 'http://127.0.0.1:9229/json/list';
const TRY_EVERY = 100;
const TRIES = 50;

async function inspectorAddress(): Promise<string> {
  for (let i = 0; i < TRIES; i++) {
    try {
      const [first] = (await (await fetch(INSPECTOR)).json()) as { webSocketDebuggerUrl: string }[];
      if (first !== undefined) return first.webSocketDebuggerUrl;
    } catch {
      // Not switched on yet.
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY));
  }
  throw new Error('no inspector');
}

const socket = new WebSocket(await inspectorAddress());
const send = (id: number, method: string, params: object): void => socket.send(JSON.stringify({ id, method, params }));
socket.on('open', () => send(1, 'NodeWorker.enable', { waitForDebuggerOnStart: false }));
socket.on('message', (data: Buffer) => {
  const message = JSON.parse(data.toString('utf8')) as { method?: string; params?: { sessionId: string } };
  if (message.method === 'NodeWorker.attachedToWorker') {
    send(2, 'NodeWorker.sendMessageToWorker', { sessionId: message.params?.sessionId, message: JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: 'process.exit(9)' } }) });
  }
  // The next worker must live.
  if (message.method === 'NodeWorker.detachedFromWorker') process.exit(0);
});
