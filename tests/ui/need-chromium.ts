/** Ends the run at once, in one line, where there is no Chromium: these tests are never skipped. */
import { findChromium, MISSING } from './chromium.ts';

export default function needChromium(): void {
  if (findChromium() !== undefined) return;
  process.stderr.write(`${MISSING}\n`);
  process.exit(1);
}
