/** The link to sign in with: to open, to copy, and to read. When the server gives a new one it stands here at once, and says so. */
import { useState, type ReactNode } from 'react';
import { webLink } from '../../../app/api/web-link.ts';
import { Icon } from '../icons.tsx';
import { CopyTextButton } from './copy-button.tsx';
import { t } from '../language.ts';


export function SignInLink({ url }: { readonly url: string }): ReactNode {
  const [first] = useState(url);
  const link = webLink(url);
  return (
    <div className="stack" data-testid="sign-in-link">
      <p className="linktext">
        <span className="sr">{t('sign-in.link')} </span>
        <code>{url}</code>
      </p>
      <p className="hint" role="status">
        {link === null ? t('sign-in.unopenable') : url === first ? '' : t('sign-in.renewed')}
      </p>
      <div className="rowbtn">
        {link === null ? null : (
          // The other page must know nothing of this one.
          <a className="btn pri" href={link} target="_blank" rel="noopener noreferrer">
            <Icon name="open" />
            {t('sign-in.open')}
          </a>
        )}
        <CopyTextButton text={url} label={t('sign-in.copy-link')} />
      </div>
    </div>
  );
}
