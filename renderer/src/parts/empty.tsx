/** Nothing to show: what is true, why, and one next step. */
import type { ReactNode } from 'react';
import { Status } from '../icons.tsx';

export function Empty({ title, text, children }: { readonly title: string; readonly text: string; readonly children?: ReactNode }): ReactNode {
  return (
    <div className="empty" data-testid="empty">
      <b>
        <Status tone="off" />
        {title}
      </b>
      <p>{text}</p>
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}
