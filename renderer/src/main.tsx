/** The product's entry: picks the transport and starts the page. */
import { preloadBridge } from './preload-bridge.ts';
import { start } from './start.tsx';
import { webSocketBridge } from './websocket-bridge.ts';

function socketAddress(): string {
  const address = new URL('ws', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.pathname = '/ws';
  address.search = '';
  address.hash = '';
  return address.href;
}

start(window.bowline === undefined ? webSocketBridge(socketAddress()) : preloadBridge(window.bowline));
