/** An engine that is nothing but its snapshot, ready as text, behind the product's own WebSocket: what is left is what a page takes. */
import { WebSocketServer, type WebSocket } from 'ws';
import { check, RequestFrame, type Patch } from '../../app/api/schema.ts';
import type { Served } from '../../tests/ui/serve.ts';

export class PreparedEngine {
  /** The snapshot that the next page gets. */
  snapshot = '';
  readonly #sockets = new Set<WebSocket>();
  readonly #server: WebSocketServer;

  constructor(served: Served) {
    this.#server = new WebSocketServer({ server: served.server, path: '/ws' });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('message', (data) => {
        const frame = check(RequestFrame, JSON.parse(String(data)), 'frame');
        if (!frame.ok) throw new Error(frame.error.message);
        const { id, command } = frame.value;
        socket.send(command === 'snapshot' ? `{"id":${id},"ok":true,"result":${this.snapshot}}` : JSON.stringify({ id, ok: false, error: { code: 'busy', message: 'A benchmark runs.' } }));
      });
    });
  }

  send(patch: Patch): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify({ event: 'patch', data: patch }));
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#server.close();
  }
}
