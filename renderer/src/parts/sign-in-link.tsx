/** The link to sign in with: to open, to copy, and to read. When the server gives a new one it stands here at once, and says so. */
import { useState, type ReactNode } from 'react';
import { webLink } from '../../../app/api/web-link.ts';
import { Icon } from '../icons.tsx';
import { strings } from '../strings.ts';
import { CopyTextButton } from './copy-button.tsx';

const words = strings.signIn;

export function SignInLink({ url }: { readonly url: string }): ReactNode {
  const [first] = useState(url);
  const link = webLink(url);
  return (
    <div className="stack" data-testid="sign-in-link">
      <p className="linktext">
        <span className="sr">{words.link}: </span>
        <code>{url}</code>
      </p>
      <p className="hint" role="status">
        {link === null ? words.unopenable : url === first ? '' : words.renewed}
      </p>
      <div className="rowbtn">
        {link === null ? null : (
          // The other page must know nothing of this one.
          <a className="btn pri" href={link} target="_blank" rel="noopener noreferrer">
            <Icon name="open" />
            {words.open}
          </a>
        )}
        <CopyTextButton text={url} label={words.copyLink} />
      </div>
    </div>
  );
}
