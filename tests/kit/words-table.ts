/**
 * docs/WORDS.md out of the catalogue: every state and error that a person can meet, in each language, to be read as a table.
 * Called by tests/house/words.test.ts, which holds the file to it and writes it anew when asked.
 */
import { explain } from '../../app/api/explain.ts';
import { speaker } from '../../app/api/speaker.ts';
import { de } from '../../app/language/de/index.ts';
import { en } from '../../app/language/en/index.ts';
import type { Language } from '../../app/language/languages.ts';
import type { TextKey } from '../../app/language/texts.ts';
import type { Message } from '../../app/node/messages.ts';
import { EXAMPLES_AT, examples } from '../doubles/messages.ts';

const INTRODUCTION = `# Words

Every state and every error that a person can meet, as Bowline says it. This file is made from the catalogue
([app/language](../app/language)) by \`BOWLINE_RENEW_WORDS=1 npx vitest run tests/house/words.test.ts\`, and the same test fails when it is
not what the catalogue says. It is there to be read as a user would.

- *What the engine says* has an example of each message, then why it is so, what Bowline does, and what to do. The sentence is what tray,
  window, notifications and command line show; the three columns beside it come from [app/api/explain.ts](../app/api/explain.ts).
  Those of the worst cause stand in \`bowline status\` and in the diagnostics.
- *What has happened* is the history: cause, what Bowline did, what came of it.
- *What else is answered* has texts that say all of it in themselves, as they are in the catalogue: \`{name}\` is filled in.

In the JSON of the command line and in logs sentences are English in every language.
`;

/** By the beginning of a message's key. */
const ENGINE: readonly (readonly [prefix: string, title: string])[] = [
  ['overall.', 'As a whole'],
  ['cause.', 'Causes, worst first'],
  ['trouble.', 'Troubles with a server or a relay'],
  ['truth.control-', 'The control server'],
  ['truth.relay-', 'The relay'],
  ['truth.path', 'The ways to peers, counted'],
  ['truth.os-', 'This computer'],
  ['why.', 'Why a peer is reached as it is'],
  ['port-mapping.', 'A port at the router'],
  ['filter.', 'What the packet filter does'],
];
const HISTORY: readonly (readonly [prefix: string, title: string])[] = [
  ['history.cause.', 'Causes'],
  ['history.action.', 'What Bowline did'],
  ['history.result.', 'What came of it'],
];
/** Texts that are no messages of the engine, by the beginning of their key. */
const OTHERS: readonly (readonly [title: string, prefixes: readonly string[]])[] = [
  ['Keys on disk', ['keys.open.', 'keys.locked.']],
  ['Something that was asked for is not done', ['answer.']],
  ['The command line', ['cli.']],
  ['Bowline cannot start, or cannot set up this computer', ['problem.']],
  ['Settings, report, links', ['shell.']],
  ['Updates', ['about.update.']],
  ['Notifications', ['alerts.', 'window.']],
  ['The engine does not answer', ['gone.', 'starting.', 'tray.lost', 'tray.late', 'tray.failed', 'tray.no-engine']],
  ['An address that cannot be one, and a key that changed', ['join.fault-', 'key-question.']],
];

const cell = (text: string): string => text.replaceAll('\u00a0', ' ').replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').trim();
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const sentence = (message: Message, language: Language): string => speaker(language).say(message, EXAMPLES_AT);
const beginning = (prefix: string): Message[] => Object.values(examples).filter(({ key }) => key.startsWith(prefix));

function engineTable([prefix, title]: readonly [string, string]): string {
  const rows = beginning(prefix).flatMap((message) =>
    (['en', 'de'] as const).map((language) => {
      const { cause, doing, next } = explain(message, language)!;
      return row(language === 'en' ? `\`${message.key}\`` : '', sentence(message, language), cause, doing, next);
    }),
  );
  return [`### ${title}`, '', '| key | sentence | why | what Bowline does | what to do |', '|---|---|---|---|---|', ...rows].join('\n');
}

function historyTable([prefix, title]: readonly [string, string]): string {
  return [`### ${title}`, '', '| key | English | German |', '|---|---|---|', ...beginning(prefix).map((message) => row(`\`${message.key}\``, sentence(message, 'en'), sentence(message, 'de')))].join('\n');
}

function otherTable([title, prefixes]: readonly [string, readonly string[]]): string {
  const keys = (Object.keys(en) as TextKey[]).filter((key) => prefixes.some((prefix) => key.startsWith(prefix)));
  return [`### ${title}`, '', '| key | English | German |', '|---|---|---|', ...keys.map((key) => row(`\`${key}\``, en[key], de[key]))].join('\n');
}

export function wordsTable(): string {
  const sections = [INTRODUCTION.trimEnd(), '## What the engine says', ...ENGINE.map(engineTable), '## What has happened', ...HISTORY.map(historyTable), '## What else is answered', ...OTHERS.map(otherTable)];
  return `${sections.join('\n\n')}\n`;
}

/** Messages that no section shows: there must be none. */
export function unshown(): string[] {
  const shown = [...ENGINE, ...HISTORY].map(([prefix]) => prefix);
  return Object.keys(examples).filter((key) => !shown.some((prefix) => key.startsWith(prefix)));
}
