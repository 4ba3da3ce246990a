/** Check 28, on Windows: every program, library and native is signed by one publisher and stamped with a time. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { appAt, filesBelow, verdict } from './packaged-app.mjs';

const app = appAt(process.argv[2]);
const publisher = process.argv[3];
const faults = [];
const signers = new Set();

if (process.platform === 'win32') {
  for (const file of filesBelow(app.folder).filter((name) => /\.(?:exe|dll|node)$/i.test(name))) {
    const command = '$s = Get-AuthenticodeSignature -LiteralPath $env:BOWLINE_FILE; [pscustomobject]@{ status = "$($s.Status)"; by = "$($s.SignerCertificate.Subject)"; stamped = $null -ne $s.TimeStamperCertificate } | ConvertTo-Json -Compress';
    const { stdout, status, stderr } = spawnSync('C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe', ['-NoProfile', '-Command', command], { encoding: 'utf8', env: { ...process.env, BOWLINE_FILE: file } });
    const name = path.relative(app.folder, file);
    if (status !== 0) {
      faults.push(`${name}: ${stderr.trim()}`);
      continue;
    }
    const found = JSON.parse(stdout);
    if (found.status !== 'Valid') faults.push(`${name}: ${found.status}`);
    else if (!found.stamped) faults.push(`${name} has no time stamp`);
    // wintun.dll is signed by its own makers.
    if (found.status === 'Valid' && path.basename(file).toLowerCase() !== 'wintun.dll') signers.add(found.by);
  }
  if (signers.size > 1) faults.push(`it is signed by ${[...signers].join('; ')}`);
  if (publisher !== undefined && !signers.has(publisher)) faults.push(`nothing is signed by ${publisher}`);
} else {
  faults.push('this is no Windows');
}
verdict(faults, `signed by ${[...signers].join('; ')}`);
