/** Check 27, on macOS: signed in depth, notarised, stapled, and with the one entitlement that it needs. */
import { spawnSync } from 'node:child_process';
import { appAt, filesBelow, verdict } from './packaged-app.mjs';

const WANTED = ['com.apple.security.cs.allow-jit'];
const app = appAt(process.argv[2]);
const faults = [];
const run = (program, ...args) => spawnSync(program, args, { encoding: 'utf8' });
const must = (what, { status, stderr, error }) => void (status === 0 || faults.push(`${what}: ${(error?.message ?? stderr).trim()}`));

if (process.platform === 'darwin') {
  must('its signature', run('/usr/bin/codesign', '--verify', '--deep', '--strict', '--verbose=2', app.folder));
  must('Gatekeeper', run('/usr/sbin/spctl', '-a', '-t', 'exec', '-vv', app.folder));
  must('its ticket', run('/usr/bin/xcrun', 'stapler', 'validate', app.folder));
  const said = run('/usr/bin/codesign', '-d', '--entitlements', '-', '--xml', app.folder).stdout;
  const found = [...said.matchAll(/<key>([^<]+)<\/key>\s*<true\/>/g)].map(([, key]) => key);
  if (found.toSorted().join() !== WANTED.join()) faults.push(`it is entitled to: ${found.join(', ') || 'nothing'}`);
  for (const native of filesBelow(app.outside).filter((file) => file.endsWith('.node'))) must(native, run('/usr/bin/codesign', '--verify', '--strict', native));
} else {
  faults.push('this is no macOS');
}
verdict(faults, 'signed, notarised, and entitled to no more than it needs');
