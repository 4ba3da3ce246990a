/** The faults of the sandbox, in groups: what each does, and while it lasts, how long still. */
import { useEffect, useState, type ReactNode } from 'react';
import { formatAge, sayFailure } from '../speak.ts';
import type { BreakItId, SandboxView } from '../../../app/api/schema.ts';
import { Icon, type IconName } from '../icons.tsx';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { Choices } from '../parts/choices.tsx';
import { usePage } from '../store.ts';

const ICONS: Readonly<Record<BreakItId, IconName>> = { 'cut-cable': 'cable', 'restart-peer': 'restart', 'move-peer': 'move', suspend: 'sleep', 'block-udp': 'p-none', 'reboot-nat': 'restart', 'stop-relay': 'relay', 'stale-relay': 'relay', 'rtm-miss-storm': 'search', 'route-wipe': 'x', 'interface-gone': 'p-none', 'add-peer': 'peers', 'remove-peer': 'x', 'deny-peer': 'p-none', 'expire-key': 'key', 'stop-server': 'control', 'silent-control': 'control', 'approve-sign-in': 'check' };

const GROUPS = {
  tunnels: ['cut-cable', 'restart-peer', 'move-peer', 'suspend'],
  system: ['rtm-miss-storm', 'route-wipe', 'interface-gone'],
  paths: ['block-udp', 'reboot-nat', 'stop-relay', 'stale-relay'],
  server: ['add-peer', 'remove-peer', 'deny-peer', 'expire-key', 'stop-server', 'silent-control'],
} as const satisfies Record<string, readonly BreakItId[]>;
type Group = keyof typeof GROUPS;
const GROUP_ORDER = ['tunnels', 'paths', 'server', 'system'] as const satisfies readonly Group[];

type Fault = SandboxView['faults'][number];

/** The line under the name: what it does, or how it goes. */
function faultLine(fault: Fault, now: number, asking: boolean, refusal: string, storm: SandboxView['storm']): string {
  if (fault.activeUntilAt !== null) {
    const left = fault.activeUntilAt - now;
    const what = { what: t(`fault.${fault.id}.active`), peer: fault.peer === null ? 'none' : 'named', name: fault.peer ?? '' };
    return left > 0 ? t('sandbox.left', { ...what, left: formatAge(left) }) : t('sandbox.ending', what);
  }
  if (asking) return t('sandbox.asking');
  if (refusal !== '') return refusal;
  return fault.id === 'rtm-miss-storm' && storm !== null ? t('sandbox.storm', { misses: storm.misses, looks: storm.looks }) : t(`fault.${fault.id}.what`);
}

function FaultButton({ fault, storm }: { readonly fault: Fault; readonly storm: SandboxView['storm'] }): ReactNode {
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
    if (!reply.ok) setRefusal(sayFailure(reply.error));
    else setRefusal(reply.value.done ? '' : t('sandbox.refused'));
  };
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
        {t(`fault.${fault.id}.name`)}
      </button>
      <small id={`fault-${fault.id}`}>{faultLine(fault, now, asking, refusal, storm)}</small>
    </li>
  );
}

/** For the sandbox alone: the administrator's click, beside the link that a real person would open. */
export function ApproveSignIn({ sandbox }: { readonly sandbox: SandboxView | null }): ReactNode {
  const link = useLink();
  const [refusal, setRefusal] = useState('');
  if (sandbox === null || !sandbox.faults.some(({ id }) => id === 'approve-sign-in')) return null;
  const press = async (): Promise<void> => {
    const reply = await link.request('breakIt', { fault: 'approve-sign-in' });
    setRefusal(reply.ok ? (reply.value.done ? '' : t('sandbox.refused')) : sayFailure(reply.error));
  };
  return (
    <div className="rowbtn">
      <button type="button" className="btn" data-testid="break-approve-sign-in" aria-describedby="approve-what" onClick={() => void press()}>
        <Icon name="check" />
        {t('fault.approve-sign-in.name')}
      </button>
      <span id="approve-what" className="outcome" role="status">
        {refusal === '' ? t('fault.approve-sign-in.what') : refusal}
      </span>
    </div>
  );
}

const LOOK_EVERY_MS = 1_000;
/** What the sandbox's traffic is (RFC 862). */
const ECHO = { protocol: 'udp', port: 7 } as const;

/** While a rule denies a peer: what the packet filter itself says of the sandbox's traffic with it. */
function Denied({ peer }: { readonly peer: string }): ReactNode {
  const link = useLink();
  const [sentence, setSentence] = useState('');
  useEffect(() => {
    let here = true;
    const ask = async (): Promise<void> => {
      const reply = await link.request('why', { peer, ...ECHO });
      if (here && reply.ok && reply.value.filter !== null) setSentence(reply.value.filter.in.allowed ? t('sandbox.not-yet') : reply.value.filter.in.sentence);
    };
    void ask();
    const timer = setInterval(() => void ask(), LOOK_EVERY_MS);
    return () => {
      here = false;
      clearInterval(timer);
    };
  }, [link, peer]);
  return (
    <p className="denied" role="status" data-testid="denied">
      {sentence}
    </p>
  );
}

export function BreakIt({ sandbox }: { readonly sandbox: SandboxView }): ReactNode {
  const [group, setGroup] = useState<Group>('tunnels');
  const inGroup = (of: Group): readonly Fault[] => sandbox.faults.filter(({ id }) => GROUPS[of].some((each) => each === id));
  const choices = GROUP_ORDER.filter((each) => inGroup(each).length > 0).map((each) => ({ value: each, label: t(`sandbox.group.${each}`) }));
  const denied = sandbox.faults.find(({ id, activeUntilAt }) => id === 'deny-peer' && activeUntilAt !== null)?.peer;
  const shown = inGroup(group);
  return (
    <section className="breakit" data-testid="break-it">
      <h2 className="h2">
        {t('sandbox.title')}
        {choices.length > 1 ? (
          <span className="end">
            <Choices label={t('sandbox.choose')} choices={choices} value={group} onChoose={setGroup} />
          </span>
        ) : null}
      </h2>
      {denied === undefined || denied === null ? null : <Denied peer={denied} />}
      <ul className={shown.length > 4 ? 'six' : ''}>
        {shown.map((fault) => (
          <FaultButton key={fault.id} fault={fault} storm={sandbox.storm} />
        ))}
      </ul>
    </section>
  );
}
