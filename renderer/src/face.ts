/**
 * The face of the page's state: what hero, chip and title show. It adds nothing to app/api/face.ts but what the page knows of
 * the engine, and keeps the last answer, so that three parts of a screen cost one.
 */
import { face, type Face, type Seen } from '../../app/api/face.ts';
import { usePage, type PageState } from './store.ts';

function seenBy({ contact, snapshot }: PageState): Seen {
  if (snapshot === null) return { kind: 'starting' };
  return contact.kind === 'lost' ? { kind: 'lost', snapshot } : { kind: 'live', snapshot, doubtUpTo: null };
}

let last: { readonly page: Pick<PageState, 'contact' | 'snapshot' | 'now'>; readonly face: Face } | undefined;

export function pageFace(page: PageState): Face {
  if (last?.page.snapshot === page.snapshot && last.page.contact.kind === page.contact.kind && last.page.now === page.now) return last.face;
  last = { page: { contact: page.contact, snapshot: page.snapshot, now: page.now }, face: face(seenBy(page), page.now) };
  return last.face;
}

export const useFace = (): Face => usePage(pageFace);
