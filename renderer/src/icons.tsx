/**
 * The icon set: 16 px strokes in the current colour. Drawn here: the mark, the shapes of a status, which differ in form and never in
 * colour alone, and the ways to a peer. Everything else is Lucide's.
 */
import type { ReactNode } from 'react';
import { Activity, ArrowLeftRight, Check, ChevronDown, ChevronUp, Contrast, Copy, ExternalLink, FileText, History, KeyRound, Monitor, Moon, RotateCw, Search, Server, Settings, Laptop, UserRound, Unplug, X } from 'lucide-react';
import type { Tone } from './derive.ts';

const shapes = {
  'st-ok': <><circle className="solid" cx="8" cy="8" r="7" /><path className="cut" d="m5 8.2 2.1 2.1L11 6.2" /></>,
  'st-checking': <><path d="M14.25 8A6.25 6.25 0 1 1 8 1.75" /><circle className="solid" cx="8" cy="8" r="1.6" /></>,
  'st-stale': <><path className="filled" d="M8 1.6 15.2 14H.8z" /><path className="cut" d="M8 6v3.6M8 11.9v.01" /></>,
  'st-down': <><rect className="solid" x="1" y="1" width="14" height="14" rx="3" /><path className="cut" d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" /></>,
  'st-off': <><circle cx="8" cy="8" r="6.25" /><path d="M5.2 8h5.6" /></>,
  'p-direct': <><circle cx="2.8" cy="8" r="1.8" /><circle cx="13.2" cy="8" r="1.8" /><path d="M4.6 8h6.8" /></>,
  'p-relay': <><circle cx="2.6" cy="11" r="1.7" /><circle cx="13.4" cy="11" r="1.7" /><path d="m4 9.9 2.5-2.6M12 9.9 9.5 7.3" /><path className="solid" d="m8 3 2.4 2.4L8 7.8 5.6 5.4z" /></>,
  'p-none': <><circle cx="2.8" cy="8" r="1.8" /><circle cx="13.2" cy="8" r="1.8" /><path d="M4.6 8h1.2M10.2 8h1.2" /></>,
  relay: <><path d="m8 4.2 3.8 3.8L8 11.8 4.2 8z" /><path d="M1.5 8h2.7M11.8 8h2.7" /></>,
  path: <><circle cx="3.4" cy="12.2" r="1.9" /><circle cx="12.6" cy="3.8" r="1.9" /><path d="M5.3 12.2h3.4a2.6 2.6 0 0 0 2.6-2.6V5.4" /></>,
  knot: <path d="M11.4 1C10 3.5 2.75 4.7 2.75 9.75a5.25 5.25 0 0 0 10.5 0C13.25 6.9 11.2 5.4 9.3 4.3M6.5 2.6C5.7 2 5 1.5 4.6 1" />,
} as const satisfies Record<string, ReactNode>;

const lucide = {
  control: Server, os: Laptop, peers: Monitor, history: History, health: Activity, accounts: UserRound, diagnostics: FileText, settings: Settings,
  key: KeyRound, open: ExternalLink, copy: Copy, search: Search, x: X, check: Check, down: ChevronDown, up: ChevronUp, theme: Contrast, cable: Unplug,
  restart: RotateCw, move: ArrowLeftRight, sleep: Moon,
} as const;

export type IconName = keyof typeof shapes | keyof typeof lucide;
const isLucide = (name: IconName): name is keyof typeof lucide => Object.hasOwn(lucide, name);

export function Icon({ name, className = '' }: { readonly name: IconName; readonly className?: string }): ReactNode {
  if (isLucide(name)) {
    const Drawn = lucide[name];
    return <Drawn className={`i of24 ${className}`} aria-hidden="true" focusable="false" />;
  }
  return (
    <svg className={`i ${className}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {shapes[name]}
    </svg>
  );
}

/** A status shape in its colour. The word stands beside it, or is given here for those who do not see it. */
export function Status({ tone, word, size = '' }: { readonly tone: Tone; readonly word?: string; readonly size?: string }): ReactNode {
  return (
    <span className={`st ${tone}`} title={word}>
      <Icon name={`st-${tone}`} className={`${size} ${tone === 'checking' ? 'spin' : ''}`} />
      {word === undefined ? null : <span className="sr">{word}</span>}
    </span>
  );
}
