/** The four truths in full: what each rests on, how old it is, and what is being repaired. */
import type { ReactNode } from 'react';
import { formatAge, formatDuration, say } from '../../../app/api/words.ts';
import { isReconnect, isRunning, lasted } from '../../../app/api/reconnects.ts';
import type { AccountView, Snapshot, TruthName } from '../../../app/api/schema.ts';
import { hostOf } from '../account.ts';
import { peerState, TRUTHS, truthState } from '../derive.ts';
import { Icon, Status } from '../icons.tsx';
import { useLink } from '../link-context.ts';
import { BusyButton, OUTCOME_WITHIN_MS, useAsk } from '../parts/busy-button.tsx';
import { Empty } from '../parts/empty.tsx';
import { keyWords } from '../parts/facts.tsx';
import { HistoryEntry } from '../parts/history-entry.tsx';
import { NetworkAround } from '../parts/network-around.tsx';
import { truthWord } from '../parts/truth-strip.tsx';
import { Age, ageText, latencyText } from '../parts/values.tsx';
import { usePage, wallNow } from '../store.ts';
import { strings } from '../strings.ts';
import { shortTime } from '../time.ts';

const { health } = strings;

function pathEvidence(snapshot: Snapshot, now: number): readonly (readonly [string, string])[] {
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

function controlEvidence(account: AccountView, snapshot: Snapshot, now: number): readonly (readonly [string, string])[] {
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

function relayEvidence({ relays }: Snapshot): readonly (readonly [string, string])[] {
  if (relays.length === 0) return [];
  const home = relays.find((relay) => relay.home);
  const others = relays.filter((relay) => !relay.home && (relay.state === 'up' || relay.state === 'checking')).map(({ code }) => code);
  return [
    [health.homeRelay, home === undefined ? health.noHome : health.homeIs(home.code, latencyText(home.latencyMs))],
    [health.others, others.length === 0 ? health.noOther : strings.history.unreachable(others)],
  ];
}

/** When it was last interrupted, and for how long. */
function lastBreak(name: TruthName, { history }: Snapshot, now: number): readonly [string, string] {
  const entry = history.findLast((each) => each.truth === name && isReconnect(each));
  if (entry === undefined) return [health.lastBreak, health.never];
  return [health.lastBreak, isRunning(entry) ? health.since(shortTime(entry.at)) : health.took(shortTime(entry.at), formatDuration(lasted(entry, now)))];
}

function evidence(name: TruthName, snapshot: Snapshot, now: number): readonly (readonly [string, string])[] {
  if (name === 'path') return pathEvidence(snapshot, now);
  if (name === 'control') return snapshot.account === null ? [] : controlEvidence(snapshot.account, snapshot, now);
  if (name === 'relay') return relayEvidence(snapshot);
  if (name !== 'os') return [];
  return [
    [health.port, snapshot.self.port === null ? strings.unknown : String(snapshot.self.port)],
    [health.version, snapshot.version],
  ];
}

function Panel({ name, snapshot }: { readonly name: TruthName; readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const truth = snapshot.truths[name];
  const state = truthState(name, truth, now, snapshot.provedForMs);
  const rows = truth.state === 'off' && truth.provedAt === null ? evidence(name, snapshot, now) : [...evidence(name, snapshot, now), lastBreak(name, snapshot, now)];
  const used = (truth.state !== 'off' || truth.provedAt !== null) && truth.detail.key !== 'truth.os-memory';
  return (
    <article className="panel" data-truth={name}>
      <header>
        <Icon name={name} />
        <h2>{strings.truths[name]}</h2>
        <span className={`w ${state}`}>
          <Status tone={state} />
          {truthWord(name, truth, state)}
          <Age at={truth.provedAt} now={now} className="r" />
        </span>
      </header>
      <p>
        {say(truth.detail, now)}. {used ? health.proof[name] : ''}
      </p>
      {rows.length === 0 ? null : (
        <dl className="ev2">
          {rows.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </article>
  );
}

export function HealthPage({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const link = useLink();
  const { now, pageMs } = usePage();
  const [asking, ask] = useAsk(() => link.request('check', { peer: null }));
  const states = TRUTHS.map((name) => truthState(name, snapshot.truths[name], now, snapshot.provedForMs));
  const used = TRUTHS.filter((name) => snapshot.truths[name].state !== 'off').length;
  const running = snapshot.history.filter(isRunning);
  const overdue = asking.kind === 'asking' && pageMs - asking.sinceMs > OUTCOME_WITHIN_MS;
  const outcome =
    asking.kind === 'done'
      ? asking.reply.ok
        ? strings.actions.checkedAll(asking.reply.value.asked)
        : strings.actions.failed(asking.reply.error.message)
      : overdue
        ? strings.actions.overdue(formatDuration(OUTCOME_WITHIN_MS))
        : '';
  return (
    <div className="screen" data-testid="health">
      <div className="bar">
        <h1>
          {health.title} <span className="sum">{health.summary(states.filter((state) => state === 'ok').length, used)}</span>
        </h1>
        <span className="outcome" role="status">
          {outcome}
        </span>
        <BusyButton label={health.checkAll} sinceMs={asking.kind === 'asking' && !overdue ? asking.sinceMs : null} onClick={ask} testId="check-all" />
      </div>
      {/* Scrolls without a control inside, so it must be reachable by keyboard. */}
      <div className="body" tabIndex={0} role="group" aria-label={health.title}>
        <div className="quad">
          {TRUTHS.map((name) => (
            <Panel key={name} name={name} snapshot={snapshot} />
          ))}
        </div>
        <section>
          <h2 className="h2">
            {health.repaired}
            <span className="sum">{health.repairedHint}</span>
          </h2>
          {running.length === 0 ? (
            <Empty title={health.nothing} text={health.nothingText} />
          ) : (
            <ul className="log">
              {running.map((entry) => (
                <HistoryEntry key={entry.id} entry={entry} />
              ))}
            </ul>
          )}
        </section>
        <NetworkAround snapshot={snapshot} />
      </div>
    </div>
  );
}
