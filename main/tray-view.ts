/**
 * What the tray shows for a snapshot: icon, tooltip, menu. A pure function, so that icon, tooltip and menu can never
 * disagree. It decides nothing: every word comes from the snapshot. Ages are rounded to what a menu can keep true.
 */
import type { HistoryView, Snapshot } from '../app/api/schema.ts';
import { formatDuration, say, sayParts } from '../app/api/words.ts';
import type { MenuEntry, TrayIcon } from './ports.ts';

export interface TrayView {
  readonly icon: TrayIcon;
  readonly tooltip: string;
  readonly menu: readonly MenuEntry[];
}

/** More causes than this are counted, not listed. */
const CAUSES_SHOWN = 3;

const ICONS: Readonly<Record<Snapshot['overall']['state'], TrayIcon>> = {
  connected: 'connected',
  idle: 'idle',
  checking: 'connecting',
  attention: 'attention',
  offline: 'offline',
  stopped: 'paused',
};

export function trayView(snapshot: Snapshot | undefined): TrayView {
  if (snapshot === undefined) {
    return { icon: 'connecting', tooltip: 'Bowline: starting the engine', menu: [text('Starting the engine'), line, ...closing] };
  }
  const sentence = sayParts(snapshot.overall.sentence, snapshot.now).head;
  const causes = snapshot.overall.causes.map((cause) => sayParts(cause.message, snapshot.now).head);
  const more = causes.length - CAUSES_SHOWN;
  const address = snapshot.self.addresses[0];
  return {
    icon: ICONS[snapshot.overall.state],
    tooltip: `Bowline: ${sentence}`,
    menu: [
      text(sentence),
      ...causes.slice(0, CAUSES_SHOWN).map(text),
      ...(more > 0 ? [text(`and ${more} more`)] : []),
      line,
      ...(address === undefined ? [] : [{ kind: 'action', label: `Copy this device's address: ${address}`, action: { kind: 'copy', text: address } } as const]),
      text(lastReconnect(snapshot.history)),
      line,
      { kind: 'action', label: 'Check all devices now', action: { kind: 'check' } },
      ...closing,
    ],
  };
}

const line: MenuEntry = { kind: 'line' };
const text = (label: string): MenuEntry => ({ kind: 'text', label });
const closing: readonly MenuEntry[] = [
  { kind: 'action', label: 'Open Bowline', action: { kind: 'open' } },
  { kind: 'action', label: 'Quit', action: { kind: 'quit' } },
];

function lastReconnect(history: readonly HistoryView[]): string {
  const last = history.at(-1);
  if (last === undefined) return 'No reconnect since start';
  const cause = say(last.cause, last.startedAt);
  return last.durationMs === null ? `Reconnecting now: ${cause}` : `Last reconnect took ${formatDuration(last.durationMs)}: ${cause}`;
}
