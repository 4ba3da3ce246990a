/** The four faults of the sandbox: what each does, and while it lasts, how long still. */
import { useState, type ReactNode } from 'react';
import { formatAge } from '../../../app/api/words.ts';
import type { BreakItId, SandboxView } from '../../../app/api/schema.ts';
import { Icon, type IconName } from '../icons.tsx';
import { useLink } from '../link-context.ts';
import { usePage } from '../store.ts';
import { strings } from '../strings.ts';

const ICONS: Readonly<Record<BreakItId, IconName>> = { 'cut-cable': 'cable', 'restart-peer': 'restart', 'move-peer': 'move', suspend: 'sleep' };

type Fault = SandboxView['faults'][number];

/** The line under the name: what it does, or how it goes. */
function faultLine(fault: Fault, now: number, asking: boolean, refusal: string): string {
  const words = strings.breakIt.faults[fault.id];
  if (fault.activeUntilAt !== null) {
    const left = fault.activeUntilAt - now;
    return left > 0 ? strings.breakIt.left(words.active, fault.peer, formatAge(left)) : strings.breakIt.ending(words.active, fault.peer);
  }
  if (asking) return strings.breakIt.asking;
  return refusal === '' ? words.what : refusal;
}

function FaultButton({ fault }: { readonly fault: Fault }): ReactNode {
  const link = useLink();
  const now = usePage((page) => (fault.activeUntilAt === null ? 0 : page.now));
  const [asking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState('');
  const active = fault.activeUntilAt !== null;
  const press = async (): Promise<void> => {
    if (active || asking) return;
    setAsking(true);
    const reply = await link.request('breakIt', { fault: fault.id });
    setAsking(false);
    if (!reply.ok) setRefusal(strings.actions.failed(reply.error.message));
    else setRefusal(reply.value.done ? '' : strings.breakIt.refused);
  };
  const words = strings.breakIt.faults[fault.id];
  return (
    <li className={`fault ${active ? 'is-active' : ''}`}>
      <Icon name={ICONS[fault.id]} />
      <button
        type="button"
        aria-describedby={`fault-${fault.id}`}
        aria-disabled={active || asking}
        data-testid={`break-${fault.id}`}
        data-active={active}
        onClick={() => void press()}
      >
        {words.name}
      </button>
      <small id={`fault-${fault.id}`}>{faultLine(fault, now, asking, refusal)}</small>
    </li>
  );
}

export function BreakIt({ sandbox }: { readonly sandbox: SandboxView }): ReactNode {
  return (
    <section className="breakit" data-testid="break-it">
      <h2 className="h2">
        {strings.breakIt.title}
        <span className="sum">{strings.breakIt.hint}</span>
      </h2>
      <ul>
        {sandbox.faults.map((fault) => (
          <FaultButton key={fault.id} fault={fault} />
        ))}
      </ul>
    </section>
  );
}
