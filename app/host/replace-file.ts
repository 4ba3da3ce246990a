/** Writes a file beside and renames it: whoever reads, and whatever the power does, there is the old file or the new one, never half of one. Throws what the system says; then the old one stands. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';

export function replaceFile(file: string, content: string | Uint8Array, mode: number): void {
  const beside = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    const descriptor = fs.openSync(beside, 'wx', mode);
    try {
      fs.writeFileSync(descriptor, content);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(beside, file);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw error;
  }
}
