/** Hands the page's one Link to the parts that ask the engine something. */
import { createContext, useContext } from 'react';
import type { Link } from './store.ts';

export const LinkContext = createContext<Link | null>(null);

export function useLink(): Link {
  const link = useContext(LinkContext);
  if (link === null) throw new Error('LinkContext is missing around this part');
  return link;
}
