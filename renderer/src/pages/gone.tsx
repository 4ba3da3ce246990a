/** The engine stopped answering: the whole window says so, and shows no state as if it were known. */
import type { ReactNode } from 'react';
import { formatAge, say } from '../../../app/api/words.ts';
import type { Snapshot } from '../../../app/api/schema.ts';
import { Status } from '../icons.tsx';
import { useLink } from '../link-context.ts';
import { usePage, type Contact } from '../store.ts';
import { strings } from '../strings.ts';
import { clockTime } from '../time.ts';

type Props = { readonly contact: Extract<Contact, { kind: 'lost' }>; readonly snapshot: Snapshot };

export function GonePage({ contact, snapshot }: Props): ReactNode {
  const link = useLink();
  const age = usePage((page) => formatAge(page.pageMs - contact.heardMs));
  const { gone } = strings;
  return (
    <div className="screen center" data-testid="gone" data-why={contact.why}>
      <div className="card">
        <Status tone="down" size="i-xl" />
        <h1>
          <span role="status">{gone[contact.why]}.</span>
        </h1>
        <p>{contact.why === 'closed' ? gone.closedText(age) : gone.silentText(age)}</p>
        <p>{gone.mean}</p>
        <h2 className="lbl">{gone.lastSeen(clockTime(snapshot.wall))}</h2>
        <p className="was">{say(snapshot.overall.sentence, snapshot.now)}.</p>
        <h2 className="lbl">{gone.help}</h2>
        <p>
          <code>{snapshot.sandbox === null ? gone.commands.engine : gone.commands.sandbox}</code>
        </p>
        <div className="rowbtn">
          <button type="button" className="btn" onClick={() => void link.refresh()}>
            {gone.retry}
          </button>
          <span className="dim">{gone.trying}</span>
        </div>
      </div>
    </div>
  );
}
