/** What stands behind each truth, in rows of a name and a value: pure reads of a snapshot at a moment. Caller: health.tsx. */
import { formatAge, formatDuration, say } from '../speak.ts';
import { isReconnect, isRunning, lasted } from '../../../app/api/reconnects.ts';
import type { AccountView, OsView, Snapshot, TruthName } from '../../../app/api/schema.ts';
import { hostOf } from '../account.ts';
import { peerState } from '../derive.ts';
import { keyWords } from '../parts/facts.tsx';
import { ageText, latencyText } from '../parts/values.tsx';
import { wallNow } from '../store.ts';
import { strings } from '../strings.ts';
import { shortTime } from '../time.ts';

const { health } = strings;
type Row = readonly [name: string, value: string];

export function evidence(name: TruthName, snapshot: Snapshot, now: number): readonly Row[] {
  switch (name) {
    case 'control':
      return snapshot.account === null ? [] : [...controlEvidence(snapshot.account, snapshot, now), lastBreak(name, snapshot, now)];
    case 'relay':
      return snapshot.relays.length === 0 ? [] : [...relayEvidence(snapshot), lastBreak(name, snapshot, now)];
    case 'path':
      return [...pathEvidence(snapshot, now), lastBreak(name, snapshot, now)];
    case 'os':
      return [
        ...(snapshot.os === null ? [] : systemEvidence(snapshot.os, now)),
        [health.port, snapshot.self.port === null ? strings.unknown : String(snapshot.self.port)],
        [health.version, snapshot.version],
        lastBreak(name, snapshot, now),
      ];
  }
}

function pathEvidence(snapshot: Snapshot, now: number): readonly Row[] {
  const proved = snapshot.peers.filter((peer) => peerState(peer, now, snapshot.provedForMs) === 'proved');
  const waiting = snapshot.peers.filter((peer) => peer.health === 'checking' || peer.health === 'silent').map((peer) => peer.name);
  const oldest = proved.toSorted((a, b) => (a.lastDataAt ?? 0) - (b.lastDataAt ?? 0))[0];
  return [
    [health.answering, health.ofPeers(proved.length, snapshot.peers.length)],
    [health.waiting, waiting.length === 0 ? health.nobody : strings.history.unreachable(waiting)],
    [health.oldest, oldest === undefined ? strings.unknown : health.oldestIs(ageText(oldest.lastDataAt, now), oldest.name)],
    [health.limit, formatDuration(snapshot.provedForMs)],
  ];
}

function controlEvidence(account: AccountView, snapshot: Snapshot, now: number): readonly Row[] {
  const { lastError, nextTryAt, phase, phaseSinceAt, server, user } = account;
  const host = hostOf(server);
  return [
    [health.server, host],
    [health.phase, `${strings.account.phases[phase](host)}, ${formatAge(now - phaseSinceAt)}`],
    [health.account, user ?? strings.unknown],
    [health.key, keyWords(account, wallNow(snapshot, now))?.text ?? strings.unknown],
    ...(lastError === null ? [] : [[health.error, say(lastError, now)] as const]),
    ...(nextTryAt === null ? [] : [[health.nextTry, nextTryAt > now ? strings.account.nextTry(formatAge(nextTryAt - now)) : strings.account.tryingNow] as const]),
  ];
}

function relayEvidence({ relays }: Snapshot): readonly Row[] {
  const home = relays.find((relay) => relay.home);
  const others = relays.filter((relay) => !relay.home && (relay.state === 'up' || relay.state === 'checking')).map(({ code }) => code);
  return [
    [health.homeRelay, home === undefined ? health.noHome : health.homeIs(home.code, latencyText(home.latencyMs))],
    [health.others, others.length === 0 ? health.noOther : strings.history.unreachable(others)],
  ];
}

function systemEvidence({ state, sinceAt, items, missing, attempts, undone, opponent, nextTryAt }: OsView, now: number): readonly Row[] {
  const rows: Row[] = [[health.kept, sinceAt === null ? health.systemStates[state] : health.sinceAge(health.systemStates[state], formatAge(now - sinceAt))]];
  if (items.length > 0) rows.push([state === 'fought-over' ? health.removedLast : health.missing, health.items(items.map(({ kind, name }) => (name === '' ? health.itemKinds[kind] : name)), missing)]);
  if (undone > 0) rows.push([health.undone, health.times(undone)]);
  if (opponent !== null) rows.push([health.opponent, opponent.program ?? (opponent.mark === null ? health.nobodyKnows : health.marked(opponent.mark))]);
  if (attempts > 0) rows.push([health.putBack, health.times(attempts)]);
  if (nextTryAt !== null) rows.push([health.nextTry, nextTryAt > now ? strings.account.nextTry(formatAge(nextTryAt - now)) : strings.account.tryingNow]);
  return rows;
}

/** When it was last interrupted, and for how long. */
function lastBreak(name: TruthName, { history }: Snapshot, now: number): Row {
  const entry = history.findLast((each) => each.truth === name && isReconnect(each));
  if (entry === undefined) return [health.lastBreak, health.never];
  return [health.lastBreak, isRunning(entry) ? health.since(shortTime(entry.at)) : health.took(shortTime(entry.at), formatDuration(lasted(entry, now)))];
}
