/** The network around this computer as last measured, and every relay with its state: what paths rest on. */
import type { ReactNode } from 'react';
import { formatAge, formatDuration, say, sayFailure } from '../speak.ts';
import type { NetcheckView, RelayView, Snapshot } from '../../../app/api/schema.ts';
import type { Tone } from '../derive.ts';
import { Status } from '../icons.tsx';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { usePage } from '../store.ts';
import { BusyButton, useAsk } from './busy-button.tsx';
import { Explained } from './explained.tsx';
import { ageText, latencyText, UNKNOWN } from './values.tsx';

/** A check has a longest time of its own; the engine answers after it. */
const MEASURED_WITHIN_MS = 15_000;

const yesNo = (of: 'udp' | 'family' | 'nat' | 'portal', value: boolean | null): string => (value === null ? UNKNOWN : t(`around.${of}.${value ? 'yes' : 'no'}`));

function family(works: boolean | null, seenAs: string | null): string {
  return works === true && seenAs !== null ? t('around.seen-as', { endpoint: seenAs }) : yesNo('family', works);
}

function facts(found: NetcheckView | null, now: number): readonly (readonly [string, string])[] {
  return [
    [t('around.udp'), yesNo('udp', found?.udp ?? null)],
    [t('around.ipv4'), family(found?.ipv4 ?? null, found?.globalV4 ?? null)],
    [t('around.ipv6'), family(found?.ipv6 ?? null, found?.globalV6 ?? null)],
    [t('around.nat'), yesNo('nat', found?.mappingVariesByDestination ?? null)],
    [t('around.port-mapping'), found === null || found.portMapping === null ? UNKNOWN : say(found.portMapping, now)],
    [t('around.portal'), yesNo('portal', found?.captivePortal ?? null)],
  ];
}

const TONES: Readonly<Record<RelayView['state'], Tone>> = { idle: 'off', connecting: 'checking', up: 'ok', checking: 'checking', 'backing-off': 'down', 'waiting-for-network': 'off' };

function RelayRow({ relay }: { readonly relay: RelayView }): ReactNode {
  const now = usePage((page) => page.now);
  const { code, name, home, state, latencyMs, heardAt } = relay;
  // Green with an age, or not at all.
  const tone: Tone = state === 'up' && heardAt === null ? 'checking' : TONES[state];
  return (
    <tr data-testid="relay-row" data-relay={code} data-state={state}>
      <td className="nm">
        <span className="nmw">
          <Status tone={tone} word={t(`around.relay.${state}`)} />
          <span title={name}>{code}</span>
        </span>
      </td>
      <td className="c-state sec">{home ? t('around.home', { state: t(`around.relay.${state}`) }) : t(`around.relay.${state}`)}</td>
      <td className="c-ms r">{latencyText(latencyMs)}</td>
      <td className="c-hs r">{ageText(heardAt, now)}</td>
    </tr>
  );
}

function Measure(): ReactNode {
  const link = useLink();
  const { pageMs } = usePage();
  const [asking, ask] = useAsk(() => link.request('netcheck', {}));
  const waits = asking.kind === 'asking' && pageMs - asking.sinceMs < MEASURED_WITHIN_MS;
  const outcome = asking.kind === 'done' ? (asking.reply.ok ? t('around.measured-now') : sayFailure(asking.reply.error)) : asking.kind === 'asking' && !waits ? t('action.overdue', { wait: formatDuration(MEASURED_WITHIN_MS) }) : '';
  return (
    <>
      <span className="outcome" role="status" data-testid="measured">
        {outcome}
      </span>
      <BusyButton label={t('around.measure')} testId="measure" sinceMs={waits && asking.kind === 'asking' ? asking.sinceMs : null} onClick={ask} />
    </>
  );
}

export function NetworkAround({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const { netcheck, relays } = snapshot;
  if (relays.length === 0 && netcheck === null) return null;
  return (
    <section data-testid="network-around">
      <h2 className="h2 withbtn">
        {t('around.title')}
        <span className="sum">{netcheck === null ? t('around.not-measured') : t('around.measured', { age: formatAge(now - netcheck.at) })}</span>
        <span className="end">
          <Measure />
        </span>
      </h2>
      <div className="quad">
        <div className="panel plain">
          <dl className="ev2">
            {facts(netcheck, now).map(([label, value]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          {netcheck === null || netcheck.portMapping === null || netcheck.portMapping.key === 'port-mapping.mapped' ? null : <Explained message={netcheck.portMapping} />}
        </div>
        <div className="panel plain">
          <table className="relays">
            <caption className="sr">{t('around.relays')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('around.column.relay')}</th>
                <th scope="col" className="c-state">{t('around.column.state')}</th>
                <th scope="col" className="c-ms r">{t('around.column.latency')}</th>
                <th scope="col" className="c-hs r">{t('around.column.heard')}</th>
              </tr>
            </thead>
            <tbody>
              {relays.map((relay) => (
                <RelayRow key={relay.region} relay={relay} />
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </section>
  );
}
