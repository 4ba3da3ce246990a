/** Updates as a publisher signs them, and a server of them on this computer that can be told to misbehave. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Manifest } from '../../app/host/update/manifest.ts';
import { sealManifest, signedBytes } from '../../app/host/update/manifest.ts';

export interface Publisher {
  readonly secret: KeyObject;
  /** As it is pinned. */
  readonly public: string;
}

export function makePublisher(): Publisher {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { secret: privateKey, public: Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64') };
}

export const INSTALLER = Buffer.from('an installer, as far as a test cares '.repeat(4_000));

export function manifestOf(change: Partial<Record<keyof Manifest, unknown>> = {}, installer: Uint8Array = INSTALLER): Record<string, unknown> {
  return {
    format: 1,
    version: '0.2.0',
    platform: 'linux',
    arch: 'x64',
    file: 'Bowline-0.2.0.exe',
    size: installer.length,
    sha512: createHash('sha512').update(installer).digest('base64'),
    minVersion: '0.1.0',
    expires: '2027-01-01T00:00:00Z',
    counter: 7,
    rollout: 100,
    notes: 'Faster.',
    ...change,
  };
}

export function signed(publisher: Publisher, manifest: object): { readonly bytes: Buffer; readonly signature: Buffer } {
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { bytes, signature: sign(null, signedBytes(bytes), publisher.secret) };
}

export type Answer = { readonly status: number; readonly body: Uint8Array } | { readonly cutAfter: number; readonly body: Uint8Array } | 'silence';

export interface Feed {
  /** By path, as `/name`. */
  readonly files: Map<string, Answer>;
  readonly asked: string[];
  readonly url: string;
  close(): Promise<void>;
}

export async function startFeed(): Promise<Feed> {
  const files = new Map<string, Answer>();
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://feed').pathname;
    asked.push(path);
    const answer = files.get(path);
    if (answer === undefined) return void response.writeHead(404).end();
    if (answer === 'silence') return;
    if ('status' in answer) return void response.writeHead(answer.status, { 'content-length': answer.body.length }).end(answer.body);
    response.writeHead(200, { 'content-length': answer.body.length });
    response.write(answer.body.subarray(0, answer.cutAfter), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    files,
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a good server has: manifest, signature, installer. */
export function publish(feed: Feed, publisher: Publisher, change: Partial<Record<keyof Manifest, unknown>> = {}, installer: Uint8Array = INSTALLER): void {
  const manifest = manifestOf(change, installer);
  const { bytes, signature } = signed(publisher, manifest);
  feed.files.set('/bowline-linux-x64.update', { status: 200, body: sealManifest(bytes, signature) });
  feed.files.set(`/${String(manifest['file'])}`, { status: 200, body: installer });
}
