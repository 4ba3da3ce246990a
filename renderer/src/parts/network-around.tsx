/** The network around this computer as last measured, and every relay with its state: what paths rest on. */
import type { ReactNode } from 'react';
import { formatAge, formatDuration, say, sayError } from '../speak.ts';
import type { NetcheckView, RelayView, Snapshot } from '../../../app/api/schema.ts';
import type { Tone } from '../derive.ts';
import { Status } from '../icons.tsx';
import { useLink } from '../link-context.ts';
import { usePage } from '../store.ts';
import { strings } from '../strings.ts';
import { BusyButton, useAsk } from './busy-button.tsx';
import { ageText, latencyText } from './values.tsx';

const { health } = strings;
/** A check has a longest time of its own; the engine answers after it. */
const MEASURED_WITHIN_MS = 15_000;

const yesNo = (value: boolean | null, words: { readonly yes: string; readonly no: string }): string => (value === null ? strings.unknown : value ? words.yes : words.no);

function family(works: boolean | null, seenAs: string | null): string {
  return works === true && seenAs !== null ? health.seenAs(seenAs) : yesNo(works, health.family);
}

function facts(found: NetcheckView | null, now: number): readonly (readonly [string, string])[] {
  return [
    [health.udp, yesNo(found?.udp ?? null, health.udpIs)],
    [health.families.ipv4, family(found?.ipv4 ?? null, found?.globalV4 ?? null)],
    [health.families.ipv6, family(found?.ipv6 ?? null, found?.globalV6 ?? null)],
    [health.nat, yesNo(found?.mappingVariesByDestination ?? null, health.natIs)],
    [health.portMapping, found === null || found.portMapping === null ? strings.unknown : say(found.portMapping, now)],
    [health.portal, yesNo(found?.captivePortal ?? null, health.portalIs)],
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
          <Status tone={tone} word={health.relayStates[state]} />
          <span title={name}>{code}</span>
        </span>
      </td>
      <td className="c-state sec">{home ? health.stateOfHome(health.relayStates[state]) : health.relayStates[state]}</td>
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
  const outcome = asking.kind === 'done' ? (asking.reply.ok ? health.measuredNow : strings.actions.failed(sayError(asking.reply.error))) : asking.kind === 'asking' && !waits ? strings.actions.overdue(formatDuration(MEASURED_WITHIN_MS)) : '';
  return (
    <>
      <span className="outcome" role="status" data-testid="measured">
        {outcome}
      </span>
      <BusyButton label={health.measure} testId="measure" sinceMs={waits && asking.kind === 'asking' ? asking.sinceMs : null} onClick={ask} />
    </>
  );
}

export function NetworkAround({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const { netcheck, relays } = snapshot;
  if (relays.length === 0 && netcheck === null) return null;
  const { relayColumns } = health;
  return (
    <section data-testid="network-around">
      <h2 className="h2 withbtn">
        {health.around}
        <span className="sum">{netcheck === null ? health.notMeasured : health.measured(formatAge(now - netcheck.at))}</span>
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
        </div>
        <div className="panel plain">
          <table className="relays">
            <caption className="sr">{health.relays}</caption>
            <thead>
              <tr>
                <th scope="col">{relayColumns.relay}</th>
                <th scope="col" className="c-state">{relayColumns.state}</th>
                <th scope="col" className="c-ms r">{relayColumns.latency}</th>
                <th scope="col" className="c-hs r">{relayColumns.heard}</th>
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
