/**
 * Check 14: the app does not start when one byte of its archive was changed (macOS and Windows: Electron judges it; on Linux it does
 * not, and that is told), nor when one byte of a native was. First the copy as it is has to run, or nothing would be shown.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { appAt, filesBelow, runFor, verdict, withCopy } from './packaged-app.mjs';

const STARTS_WITHIN = 15_000;
const app = appAt(process.argv[2]);
const faults = [];

function flip(file) {
  const bytes = readFileSync(file);
  const at = bytes.length >> 1;
  bytes[at] ^= 1;
  writeFileSync(file, bytes);
}

await withCopy(app, async (copy) => {
  const { alive, said } = await runFor(STARTS_WITHIN, copy.binary);
  if (!alive) faults.push(`the copy does not run as it is, so the rest shows nothing: ${said.slice(-500)}`);
});
if (faults.length === 0 && process.platform !== 'linux') {
  await withCopy(app, async (copy) => {
    flip(copy.archive);
    if ((await runFor(STARTS_WITHIN, copy.binary)).alive) faults.push('the app runs with a changed archive');
  });
}
for (const native of faults.length === 0 ? filesBelow(app.outside).filter((file) => file.endsWith('.node')) : []) {
  await withCopy(app, async (copy) => {
    flip(path.join(copy.outside, path.relative(app.outside, native)));
    if ((await runFor(STARTS_WITHIN, copy.binary)).alive) faults.push(`the app runs with a changed ${path.relative(app.outside, native)}`);
  });
}
verdict(faults, process.platform === 'linux' ? 'a changed native ends the start; the archive is not judged on Linux' : 'a changed archive and a changed native end the start');
