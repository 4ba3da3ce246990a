/** What a manifest says of its file's bytes: who signs a release and who judges a download reckon it by the same code. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** SHA-512 in base64. Rejects with what the system says. */
export async function sha512Of(path: string): Promise<string> {
  const hash = createHash('sha512');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('base64');
}
