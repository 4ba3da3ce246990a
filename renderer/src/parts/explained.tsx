/** What stands behind a state: why it is so, what Bowline does about it, and what a person can do. Closed until it is asked for. */
import type { ReactNode } from 'react';
import { explain } from '../../../app/api/explain.ts';
import type { Message } from '../../../app/node/messages.ts';
import { t, useLanguage } from '../language.ts';

export function Explained({ message }: { readonly message: Message }): ReactNode {
  const language = useLanguage((chosen) => chosen.language);
  const found = explain(message, language);
  if (found === null) return null;
  return (
    <details className="explained" data-testid="explained">
      <summary>{t('explain.label.summary')}</summary>
      <dl>
        <dt>{t('explain.label.why')}</dt>
        <dd>{found.cause}</dd>
        <dt>{t('explain.label.doing')}</dt>
        <dd>{found.doing}</dd>
        <dt>{t('explain.label.next')}</dt>
        <dd>{found.next}</dd>
      </dl>
    </details>
  );
}
