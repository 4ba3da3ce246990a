/** The report before it is copied: exactly its text, how names are shown in it, and what became of each click. Nothing is sent. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { formatAge, formatBytes, formatDuration, sayError } from '../speak.ts';
import type { ApiError, Settings, Snapshot } from '../../../app/api/schema.ts';
import { Icon, Status } from '../icons.tsx';
import { keepReport, type Kept } from '../keep-report.ts';
import { useLink } from '../link-context.ts';
import { t } from '../language.ts';
import { BusyButton, OUTCOME_WITHIN_MS } from '../parts/busy-button.tsx';
import { Choices } from '../parts/choices.tsx';
import { ReportPreview } from '../parts/report-preview.tsx';
import { bytesOf, fileOf, linesOf, type Report } from '../report-file.ts';
import { pageTime } from '../page-time.ts';
import type { Link } from '../store.ts';
import { usePage, wallNow } from '../store.ts';
import { clockTime } from '../time.ts';

type Names = Settings['report'];
type Making =
  | { readonly kind: 'making'; readonly sinceMs: number }
  | { readonly kind: 'made'; readonly report: Report; readonly at: string; readonly bytes: number; readonly fileBytes: number; readonly lines: number }
  | { readonly kind: 'failed'; readonly error: ApiError };

const COMMAND = 'bowline diagnostics > bowline.txt';

function made(report: Report): Extract<Making, { kind: 'made' }> {
  const { snapshot, now } = usePage.getState();
  return { kind: 'made', report, at: snapshot === null ? '' : clockTime(wallNow(snapshot, now)), bytes: bytesOf(report.text), fileBytes: bytesOf(fileOf(report)), lines: linesOf(report.text) };
}

/** One question to the engine: each is another object. */
type Ask = { readonly names: Names; readonly sinceMs: number };
const askFor = (names: Names): Ask => ({ names, sinceMs: pageTime() });

/** The report that was asked for last: made when the page is opened, and with each `ask` after that. */
function useReport(link: Link, first: Names): { readonly making: Making; readonly names: Names; readonly ask: (names: Names) => void } {
  const [asked, setAsked] = useState(() => askFor(first));
  const [answer, setAnswer] = useState<{ readonly to: Ask; readonly making: Making } | null>(null);
  useEffect(() => {
    let wanted = true;
    const request = async (): Promise<void> => {
      const reply = await link.request('report', { names: asked.names });
      if (wanted) setAnswer({ to: asked, making: reply.ok ? made(reply.value) : { kind: 'failed', error: reply.error } });
    };
    void request();
    return () => {
      wanted = false;
    };
  }, [link, asked]);
  const making: Making = answer?.to === asked ? answer.making : { kind: 'making', sinceMs: asked.sinceMs };
  return { making, names: asked.names, ask: (names) => setAsked(askFor(names)) };
}

/** No report: since when it is waited for, or why there is none, and the way past this page. */
function NoReport({ making, again }: { readonly making: Exclude<Making, { kind: 'made' }>; readonly again: () => void }): ReactNode {
  const pageMs = usePage((page) => page.pageMs);
  const waited = making.kind === 'making' ? Math.max(0, pageMs - making.sinceMs) : 0;
  const late = waited > OUTCOME_WITHIN_MS;
  return (
    <div className="pre none" data-testid="no-report">
      <p role="status">
        <Status tone={making.kind === 'failed' ? 'down' : late ? 'stale' : 'checking'} />
        <b>{making.kind === 'making' && !late ? t('diagnostics.making', { age: formatAge(waited) }) : t('diagnostics.failed.title')}</b>
      </p>
      {making.kind === 'failed' ? <p>{t('diagnostics.failed', { why: sayError(making.error) })}</p> : null}
      {late ? <p>{t('diagnostics.late', { age: formatDuration(OUTCOME_WITHIN_MS) })}</p> : null}
      {making.kind === 'failed' || late ? (
        <>
          <p>{t('diagnostics.terminal')}</p>
          <p>
            <code>{COMMAND}</code>
          </p>
          <button type="button" className="btn" onClick={again}>
            {t('diagnostics.make-again')}
          </button>
        </>
      ) : null}
    </div>
  );
}

type Keeping = { readonly kind: 'idle' } | { readonly kind: 'keeping'; readonly to: 'clipboard' | 'file'; readonly sinceMs: number } | { readonly kind: 'done'; readonly outcome: Kept };

export function DiagnosticsPage({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const link = useLink();
  const { making, names, ask } = useReport(link, snapshot.shell?.settings.report ?? 'stand-ins');
  const [keeping, setKeeping] = useState<Keeping>({ kind: 'idle' });
  const late = usePage(({ pageMs }) => keeping.kind === 'keeping' && keeping.to === 'clipboard' && pageMs - keeping.sinceMs > OUTCOME_WITHIN_MS);
  const click = useRef(0);
  const keep = async (to: 'clipboard' | 'file'): Promise<void> => {
    if (making.kind !== 'made' || (keeping.kind === 'keeping' && !late)) return;
    click.current += 1;
    const mine = click.current;
    setKeeping({ kind: 'keeping', to, sinceMs: pageTime() });
    const outcome = await keepReport(link, making.report, names, to);
    if (mine === click.current) setKeeping({ kind: 'done', outcome });
  };
  const startOver = (chosen: Names): void => {
    click.current += 1;
    setKeeping({ kind: 'idle' });
    ask(chosen);
  };
  const busy = (to: 'clipboard' | 'file'): number | null => (keeping.kind === 'keeping' && keeping.to === to && !late ? keeping.sinceMs : null);
  const said = late ? t('diagnostics.late', { age: formatDuration(OUTCOME_WITHIN_MS) }) : keeping.kind === 'done' ? keeping.outcome.said : '';
  const failed = late || (keeping.kind === 'done' && !keeping.outcome.done);
  return (
    <div className="screen" data-testid="diagnostics">
      <div className="bar">
        <h1>
          {t('diagnostics.title')} <span className="sum">{t('diagnostics.nothing-sent')}</span>
        </h1>
        <Choices
          label={t('diagnostics.names')}
          choices={[
            { value: 'stand-ins', label: t('diagnostics.names.stand-ins') },
            { value: 'open', label: t('diagnostics.names.open') },
          ]}
          value={names}
          onChoose={startOver}
          describedBy="report-means"
        />
      </div>
      <p className="tools sec" id="report-means" data-testid="report-means">
        {t(`diagnostics.means.${names}`)} {t('diagnostics.never')}
      </p>
      {making.kind === 'made' ? <ReportPreview text={making.report.text} /> : <NoReport making={making} again={() => startOver(names)} />}
      <div className="foot">
        <p className="said">
          <span data-testid="report-size">
            {making.kind === 'made' ? `${t('diagnostics.size', { size: formatBytes(making.bytes), lines: making.lines, time: making.at })} ${t('diagnostics.size.file', { size: formatBytes(making.fileBytes) })}` : ''}
          </span>
          <span className={`outcome ${failed ? 'down' : ''}`} role="status" data-testid="kept">
            {said}
          </span>
        </p>
        <button type="button" className="btn quiet" aria-disabled={making.kind === 'making'} onClick={() => startOver(names)} data-testid="make-again">
          {t('diagnostics.make-again')}
        </button>
        <BusyButton label={t('diagnostics.save')} sinceMs={busy('file')} disabled={making.kind !== 'made'} onClick={() => void keep('file')} testId="save-report" />
        <BusyButton
          label={
            <>
              <Icon name="copy" />
              {t('diagnostics.copy')}
            </>
          }
          look="pri"
          sinceMs={busy('clipboard')}
          disabled={making.kind !== 'made'}
          onClick={() => void keep('clipboard')}
          testId="copy-report"
        />
      </div>
    </div>
  );
}
