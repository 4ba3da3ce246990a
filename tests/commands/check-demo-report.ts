/**
 * Judges the report of `npm run demo -- --seconds 20 --json`: exactly one JSON object; every peer has data both ways and
 * a handshake age; every echo came back. Argument: the file with the report. Says what is wrong and ends with 1.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { HistoryEntry, Status } from '../../app/api/schema.ts';

const Report = v.object({
  ok: v.literal(true),
  url: v.pipe(v.string(), v.url()),
  status: Status,
  history: v.union([v.array(HistoryEntry), v.object({ entries: v.array(HistoryEntry) })]),
  echo: v.strictObject({ sent: v.pipe(v.number(), v.minValue(1)), received: v.number() }),
});

export function judgeDemoReport(text: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [`standard output is not one JSON object but: ${text.slice(0, 200)}`];
  }
  const result = v.safeParse(Report, parsed);
  if (!result.success) return result.issues.map((issue) => `${v.getDotPath(issue) ?? 'report'}: ${issue.message}`);
  const { status, echo } = result.output;
  const wrong: string[] = [];
  if (status.state !== 'connected') wrong.push(`the state is ${status.state}, not connected: ${status.causes.join('; ')}`);
  if (status.peers.length === 0) wrong.push('no peers');
  if (echo.received !== echo.sent) wrong.push(`${echo.sent - echo.received} of ${echo.sent} echoes were lost`);
  for (const peer of status.peers) {
    if (peer.rxBytes === 0 || peer.txBytes === 0) wrong.push(`${peer.name}: no data both ways (received ${peer.rxBytes}, sent ${peer.txBytes} bytes)`);
    if (peer.handshakeAgeSeconds === null) wrong.push(`${peer.name}: no handshake`);
  }
  return wrong;
}

const file = process.argv[2];
if (file !== undefined) {
  const wrong = judgeDemoReport(readFileSync(file, 'utf8'));
  for (const line of wrong) process.stderr.write(`demo report: ${line}\n`);
  if (wrong.length === 0) process.stdout.write('demo report: every peer has data both ways and a handshake, no echo was lost\n');
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
