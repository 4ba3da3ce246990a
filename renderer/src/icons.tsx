/** The icon set: 16 px strokes in the current colour. Status shapes differ in form, never in colour alone. */
import type { ReactNode } from 'react';
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
  control: <><rect x="2.25" y="2.75" width="11.5" height="4.25" rx="1.2" /><rect x="2.25" y="9" width="11.5" height="4.25" rx="1.2" /><path d="M5 4.9v.01M5 11.1v.01" /></>,
  relay: <><path d="m8 4.2 3.8 3.8L8 11.8 4.2 8z" /><path d="M1.5 8h2.7M11.8 8h2.7" /></>,
  path: <><circle cx="3.4" cy="12.2" r="1.9" /><circle cx="12.6" cy="3.8" r="1.9" /><path d="M5.3 12.2h3.4a2.6 2.6 0 0 0 2.6-2.6V5.4" /></>,
  os: <><rect x="2.75" y="3" width="10.5" height="7.5" rx="1.2" /><path d="M1.25 13h13.5" /></>,
  knot: <path d="M11.4 1C10 3.5 2.75 4.7 2.75 9.75a5.25 5.25 0 0 0 10.5 0C13.25 6.9 11.2 5.4 9.3 4.3M6.5 2.6C5.7 2 5 1.5 4.6 1" />,
  peers: <><rect x="1.75" y="2.5" width="12.5" height="4.5" rx="1.2" /><rect x="1.75" y="9" width="12.5" height="4.5" rx="1.2" /><path d="M9 4.75h2.5M9 11.25h2.5" /></>,
  history: <><circle cx="8" cy="8" r="6.25" /><path d="M8 4.5V8l2.4 1.6" /></>,
  health: <path d="M1.5 8.5h3L6.5 3l3 10 2-4.5h3" />,
  accounts: <><circle cx="8" cy="5.25" r="2.75" /><path d="M2.5 13.75c.4-3 2.6-4.5 5.5-4.5s5.1 1.5 5.5 4.5" /></>,
  diagnostics: <><path d="M4 1.75h5.5L12.75 5v9.25H4z" /><path d="M6.25 8h4M6.25 11h4" /></>,
  settings: <><circle cx="8" cy="8" r="2.25" /><path d="M8 1.75v2M8 12.25v2M1.75 8h2M12.25 8h2M3.6 3.6 5 5M11 11l1.4 1.4M12.4 3.6 11 5M5 11l-1.4 1.4" /></>,
  key: <><circle cx="5" cy="11" r="3.25" /><path d="m7.4 8.6 6.1-6.1M11 5l2 2M9.2 6.8l1.4 1.4" /></>,
  open: <><path d="M9.5 2.5h4v4M13.5 2.5 7.5 8.5" /><path d="M11.5 9.5v2.8a1.2 1.2 0 0 1-1.2 1.2H3.7a1.2 1.2 0 0 1-1.2-1.2V5.7a1.2 1.2 0 0 1 1.2-1.2h2.8" /></>,
  copy: <><rect x="5.5" y="5.5" width="8.5" height="8.5" rx="1.5" /><path d="M10.5 3.4V3.2A1.2 1.2 0 0 0 9.3 2H3.2A1.2 1.2 0 0 0 2 3.2v6.1a1.2 1.2 0 0 0 1.2 1.2h.2" /></>,
  search: <><circle cx="7" cy="7" r="4.5" /><path d="m10.5 10.5 3.25 3.25" /></>,
  x: <path d="m4 4 8 8m0-8-8 8" />,
  check: <path d="m3 8.5 3.2 3.2L13 4.8" />,
  down: <path d="m4 6 4 4 4-4" />,
  up: <path d="m4 10 4-4 4 4" />,
  theme: <><circle cx="8" cy="8" r="6.25" /><path className="filled" d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" /></>,
  cable: <path d="M1.5 11.5h3a2 2 0 0 0 2-2V9M14.5 4.5h-3a2 2 0 0 0-2 2V7M3.2 3.2l9.6 9.6" />,
  restart: <path d="M13.5 8A5.5 5.5 0 1 1 11.6 3.8L13.5 5.5M13.5 2v3.5H10" />,
  move: <path d="M1.5 5.5h11M9.5 2.5l3 3-3 3M14.5 11.5h-11M6.5 8.5l-3 3 3 3" />,
  sleep: <path d="M13.5 9.6A5.9 5.9 0 0 1 6.4 2.5a5.9 5.9 0 1 0 7.1 7.1z" />,
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

export function Icon({ name, className = '' }: { readonly name: IconName; readonly className?: string }): ReactNode {
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
