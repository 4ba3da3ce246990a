/**
 * Runs in the sandboxed page's own world and gives the page exactly one object, `window.bowline`. No Electron object, no
 * event and no channel name reaches the page. Built into one CommonJS file (build/vite.preload.config.ts). The main
 * process checks everything again: this file is not trusted.
 */
import { contextBridge, ipcRenderer } from 'electron';
import type { Patch, ReplyFrame } from '../app/api/schema.ts';
import { CHANNELS, type PreloadApi } from './bridge.ts';

function listen<T>(channel: string, listener: (data: T) => void): () => void {
  const receive = (_event: unknown, data: T): void => listener(data);
  ipcRenderer.on(channel, receive);
  return () => void ipcRenderer.off(channel, receive);
}

const bowline: PreloadApi = {
  request: (command, params) => ipcRenderer.invoke(CHANNELS.request, command, params) as Promise<ReplyFrame>,
  onPatch: (listener) => listen<Patch>(CHANNELS.patch, listener),
  onConnection: (listener) => {
    // The engine lives in the main process: while this page can run, it is there.
    listener(true);
    return listen<boolean>(CHANNELS.connection, listener);
  },
};

contextBridge.exposeInMainWorld('bowline', bowline);
