/** The four truths in full: what each rests on, how old it is, and what is being repaired. */
import type { ReactNode } from 'react';
import { formatDuration, say, sayFailure } from '../speak.ts';
import { isRunning } from '../../../app/api/reconnects.ts';
import type { HistoryView, Snapshot, TruthName } from '../../../app/api/schema.ts';
import { TRUTHS, truthState } from '../derive.ts';
import { Icon, Status } from '../icons.tsx';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { BusyButton, OUTCOME_WITHIN_MS, useAsk } from '../parts/busy-button.tsx';
import { Empty } from '../parts/empty.tsx';
import { Explained } from '../parts/explained.tsx';
import { HistoryEntry } from '../parts/history-entry.tsx';
import { NetworkAround } from '../parts/network-around.tsx';
import { truthWord } from '../parts/truth-strip.tsx';
import { Age } from '../parts/values.tsx';
import { href } from '../route.ts';
import { usePage } from '../store.ts';
import { evidence } from './health-evidence.ts';

const UNDONE_SHOWN = 4;

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

/** Somebody undid what Bowline keeps on this computer, and it was put back. */
const wasUndone = (entry: HistoryView): boolean => !isRunning(entry) && (entry.cause.key === 'history.cause.os-undone' || entry.cause.key === 'history.cause.os-fought-over');

function Panel({ name, snapshot }: { readonly name: TruthName; readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const truth = snapshot.truths[name];
  const state = truthState(name, truth, now, snapshot.provedForMs);
  const rows = evidence(name, snapshot, now);
  // Of what is not so now, nothing is proved.
  const proved = state === 'ok' && truth.detail.key !== 'truth.os-memory';
  return (
    <article className="panel" data-truth={name}>
      <header>
        <Icon name={name} />
        <h2>{t(`truth.${name}`)}</h2>
        <span className={`w ${state}`}>
          <Status tone={state} />
          {truthWord(name, truth, state)}
          <Age at={truth.provedAt} now={now} className="r" />
        </span>
      </header>
      <p>
        {sentence(say(truth.detail, now))} {proved ? t(`health.proof.${name}`) : ''}
      </p>
      {state === 'ok' ? null : <Explained message={truth.detail} />}
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
  const undone = snapshot.history.filter(wasUndone).slice(-UNDONE_SHOWN).toReversed();
  const overdue = asking.kind === 'asking' && pageMs - asking.sinceMs > OUTCOME_WITHIN_MS;
  const outcome =
    asking.kind === 'done'
      ? asking.reply.ok
        ? t('action.checked-all', { n: asking.reply.value.asked })
        : sayFailure(asking.reply.error)
      : overdue
        ? t('action.overdue', { wait: formatDuration(OUTCOME_WITHIN_MS) })
        : '';
  return (
    <div className="screen" data-testid="health">
      <div className="bar">
        <h1>
          {t('health.title')} <span className="sum">{t('health.summary', { ok: states.filter((state) => state === 'ok').length, used })}</span>
        </h1>
        <span className="outcome" role="status">
          {outcome}
        </span>
        <BusyButton label={t('health.check-all')} sinceMs={asking.kind === 'asking' && !overdue ? asking.sinceMs : null} onClick={ask} testId="check-all" />
      </div>
      {/* Scrolls without a control inside, so it must be reachable by keyboard. */}
      <div className="body" tabIndex={0} role="group" aria-label={t('health.title')}>
        <div className="quad">
          {TRUTHS.map((name) => (
            <Panel key={name} name={name} snapshot={snapshot} />
          ))}
        </div>
        <section>
          <h2 className="h2">
            {t('health.repaired')}
            <span className="sum">{t('health.repaired-hint')}</span>
          </h2>
          {running.length === 0 ? (
            <Empty title={t('health.nothing')} text={t('health.nothing-text')} />
          ) : (
            <ul className="log">
              {running.map((entry) => (
                <HistoryEntry key={entry.id} entry={entry} />
              ))}
            </ul>
          )}
        </section>
        {undone.length === 0 ? null : (
          <section data-testid="undone">
            <h2 className="h2">
              {t('health.who-undid')}
              <span className="end">
                <a href={href({ page: 'history', peer: null })}>{t('ribbon.history')}</a>
              </span>
            </h2>
            <ul className="log">
              {undone.map((entry) => (
                <HistoryEntry key={entry.id} entry={entry} />
              ))}
            </ul>
          </section>
        )}
        <NetworkAround snapshot={snapshot} />
      </div>
    </div>
  );
}
