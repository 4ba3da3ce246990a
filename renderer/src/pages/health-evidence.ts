/** What stands behind each truth, in rows of a name and a value: pure reads of a snapshot at a moment. Caller: health.tsx. */
import { formatAge, formatDuration, say } from '../speak.ts';
import { isReconnect, isRunning, lasted } from '../../../app/api/reconnects.ts';
import type { AccountView, OsView, Snapshot, TruthName } from '../../../app/api/schema.ts';
import { hostOf, keyLife } from '../account.ts';
import { peerState } from '../derive.ts';
import { t } from '../language.ts';
import { ageText, fewOf, latencyText, UNKNOWN } from '../parts/values.tsx';
import { wallNow } from '../store.ts';
import { shortTime } from '../time.ts';

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
        [t('health.port'), snapshot.self.port === null ? UNKNOWN : String(snapshot.self.port)],
        [t('health.version'), snapshot.version],
        lastBreak(name, snapshot, now),
      ];
  }
}

function pathEvidence(snapshot: Snapshot, now: number): readonly Row[] {
  const proved = snapshot.peers.filter((peer) => peerState(peer, now, snapshot.provedForMs) === 'proved');
  const waiting = snapshot.peers.filter((peer) => peer.health === 'checking' || peer.health === 'silent').map((peer) => peer.name);
  const oldest = proved.toSorted((a, b) => (a.lastDataAt ?? 0) - (b.lastDataAt ?? 0))[0];
  return [
    [t('health.answering'), t('health.of-peers', { n: proved.length, total: snapshot.peers.length })],
    [t('health.waiting'), waiting.length === 0 ? t('health.nobody') : fewOf(waiting)],
    [t('health.oldest'), oldest === undefined ? UNKNOWN : t('health.oldest-is', { age: ageText(oldest.lastDataAt, now), peer: oldest.name })],
    [t('health.limit'), formatDuration(snapshot.provedForMs)],
  ];
}

function controlEvidence(account: AccountView, snapshot: Snapshot, now: number): readonly Row[] {
  const { lastError, nextTryAt, phase, phaseSinceAt, server, user } = account;
  const host = hostOf(server);
  return [
    [t('health.server'), host],
    [t('health.phase'), t('health.since-age', { what: t(`account.phase.${phase}`, { host }), age: formatAge(now - phaseSinceAt) })],
    [t('health.account'), user ?? UNKNOWN],
    [t('health.key'), keyText(account, wallNow(snapshot, now))],
    ...(lastError === null ? [] : [[t('health.error'), say(lastError, now)] as const]),
    ...(nextTryAt === null ? [] : [[t('health.next-try'), tryText(nextTryAt, now)] as const]),
  ];
}

/** Beside its label, so without its subject. */
const tryText = (at: number, now: number): string => (at > now ? t('health.try-in', { wait: formatAge(at - now) }) : t('health.try-now'));

function keyText({ keyExpiresAt, phase }: AccountView, wall: number): string {
  const life = keyLife(keyExpiresAt, wall, null);
  switch (life.kind) {
    case 'unending':
      return phase === 'running' ? t('health.key-unending') : UNKNOWN;
    case 'lasts':
      return t('health.key-lasts', { left: formatAge(life.leftMs) });
    case 'expired':
      return t('health.key-expired', { ago: formatAge(life.agoMs) });
  }
}

function relayEvidence({ relays }: Snapshot): readonly Row[] {
  const home = relays.find((relay) => relay.home);
  const others = relays.filter((relay) => !relay.home && (relay.state === 'up' || relay.state === 'checking')).map(({ code }) => code);
  return [
    [t('health.home-relay'), home === undefined ? t('health.no-home') : t('health.home-is', { code: home.code, latency: latencyText(home.latencyMs) })],
    [t('health.others'), others.length === 0 ? t('health.no-other') : fewOf(others)],
  ];
}

function systemEvidence({ state, sinceAt, items, missing, attempts, undone, opponent, nextTryAt }: OsView, now: number): readonly Row[] {
  const rows: Row[] = [[t('health.kept'), sinceAt === null ? t(`health.system.${state}`) : t('health.since-age', { what: t(`health.system.${state}`), age: formatAge(now - sinceAt) })]];
  if (items.length > 0) rows.push([state === 'fought-over' ? t('health.removed-last') : t('health.missing'), itemNames(items, missing)]);
  if (undone > 0) rows.push([t('health.undone'), t('health.times', { n: undone })]);
  if (opponent !== null) rows.push([t('health.opponent'), opponent.program ?? (opponent.mark === null ? t('health.nobody-knows') : t('health.marked', { mark: opponent.mark }))]);
  if (attempts > 0) rows.push([t('health.put-back'), t('health.times', { n: attempts })]);
  if (nextTryAt !== null) rows.push([t('health.next-try'), tryText(nextTryAt, now)]);
  return rows;
}

function itemNames(items: OsView['items'], missing: number): string {
  const names = items.map(({ kind, name }) => (name === '' ? t(`health.item.${kind}`) : name)).join(', ');
  return missing > items.length ? t('names.more', { names, n: missing - items.length }) : names;
}

/** When it was last interrupted, and for how long. */
function lastBreak(name: TruthName, { history }: Snapshot, now: number): Row {
  const entry = history.findLast((each) => each.truth === name && isReconnect(each));
  if (entry === undefined) return [t('health.last-break'), t('health.never')];
  return [t('health.last-break'), isRunning(entry) ? t('health.since', { time: shortTime(entry.at) }) : t('health.took', { time: shortTime(entry.at), duration: formatDuration(lasted(entry, now)) })];
}
