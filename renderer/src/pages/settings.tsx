/** What a person can choose, and what this Bowline is: each change says at its place whether it was kept. */
import { useState, type ReactNode } from 'react';
import type { CommandParams, Settings, ShellView, Snapshot } from '../../../app/api/schema.ts';
import { LANGUAGE_NAMES, LANGUAGES } from '../../../app/language/languages.ts';
import { t } from '../language.ts';
import { useLink } from '../link-context.ts';
import { Choices, type Choice } from '../parts/choices.tsx';
import { About } from '../parts/about.tsx';
import { href } from '../route.ts';
import { sayError } from '../speak.ts';
import { chooseTheme, THEMES, useTheme } from '../theme.ts';

type Change = CommandParams<'changeSettings'>['change'];
/** What came of the newest change: of which setting, and in words. */
type Outcome = { readonly of: keyof Settings; readonly kept: boolean; readonly said: string };

type RowProps<T extends string> = {
  readonly name: keyof Settings;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
  /** Why it cannot be had here; null: it can. */
  readonly cannot: string | null;
  /** In the place of what it is about, where there is something more pressing to say. */
  readonly about?: string | undefined;
  readonly outcome: Outcome | null;
};

function Row<T extends string>({ name, choices, value, onChoose, cannot, about, outcome }: RowProps<T>): ReactNode {
  const said = outcome?.of === name ? outcome : null;
  return (
    <div className="setting" data-testid={`setting-${name}`}>
      <div>
        <h2>{t(`settings.${name}`)}</h2>
        <p className="sec" id={`about-${name}`}>
          {cannot ?? about ?? t(`settings.${name}.about`)}
        </p>
      </div>
      <Choices label={t(`settings.${name}`)} describedBy={`about-${name}`} choices={choices} value={value} onChoose={onChoose} disabled={cannot !== null} />
      <p className={`outcome ${said?.kept === false ? 'down' : ''}`} role="status">
        {said?.said ?? ''}
      </p>
    </div>
  );
}

const of = <T extends string>(values: readonly T[], text: (value: T) => string): readonly Choice<T>[] => values.map((value) => ({ value, label: text(value) }));

/** What of this shell cannot be changed here, in words. */
function whyNot(shell: ShellView, name: 'startAtLogin' | 'notify' | 'updates'): string | null {
  return shell.can[name] ? null : t(`settings.cannot.${name}`);
}

function Rows({ shell }: { readonly shell: ShellView }): ReactNode {
  const link = useLink();
  const theme = useTheme((chosen) => chosen.theme);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const { settings } = shell;
  const change = async (name: keyof Settings, wanted: Change): Promise<void> => {
    const reply = await link.request('changeSettings', { change: wanted });
    setOutcome({ of: name, kept: reply.ok, said: reply.ok ? t('settings.kept') : t('settings.not-kept', { why: sayError(reply.error) }) });
  };
  return (
    <>
      <Row
        name="language"
        choices={[{ value: 'system', label: t('settings.as-system') }, ...of(LANGUAGES, (language) => LANGUAGE_NAMES[language])]}
        value={settings.language}
        onChoose={(language) => void change('language', { language })}
        cannot={null}
        outcome={outcome}
      />
      <Row
        name="theme"
        choices={of(THEMES, (value) => t(`settings.theme.${value}`))}
        value={theme}
        onChoose={(value) => {
          chooseTheme(value);
          void change('theme', { theme: value });
        }}
        cannot={null}
        outcome={outcome}
      />
      <Row
        name="startAtLogin"
        choices={of(['on', 'off'] as const, (value) => t(`settings.${value}`))}
        value={settings.startAtLogin ? 'on' : 'off'}
        onChoose={(value) => void change('startAtLogin', { startAtLogin: value === 'on' })}
        cannot={whyNot(shell, 'startAtLogin')}
        about={shell.loginItem === null || shell.loginItem === 'on' || shell.loginItem === 'off' ? undefined : t(`shell.login-item.${shell.loginItem}`)}
        outcome={outcome}
      />
      <Row name="notify" choices={of(['all', 'problems', 'none'] as const, (value) => t(`settings.notify.${value}`))} value={settings.notify} onChoose={(notify) => void change('notify', { notify })} cannot={whyNot(shell, 'notify')} outcome={outcome} />
      <Row name="report" choices={of(['stand-ins', 'open'] as const, (value) => t(`diagnostics.names.${value}`))} value={settings.report} onChoose={(report) => void change('report', { report })} cannot={null} outcome={outcome} />
      <Row name="updates" choices={of(['ask', 'off'] as const, (value) => t(`settings.updates.${value}`))} value={settings.updates} onChoose={(updates) => void change('updates', { updates })} cannot={whyNot(shell, 'updates')} outcome={outcome} />
    </>
  );
}

export function SettingsPage({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const { shell } = snapshot;
  return (
    <div className="screen" data-testid="settings">
      <div className="bar">
        <h1>{t('settings.title')}</h1>
        <a className="btn only-phone" href={href({ page: 'diagnostics' })}>
          {t('diagnostics.title')}
        </a>
      </div>
      {/* Scrolls, so it must be reachable by keyboard. */}
      <div className="body narrowcol" tabIndex={0} role="region" aria-label={t('settings.title')}>
        {shell === null ? <p>{t('settings.none')}</p> : <Rows shell={shell} />}
        <About snapshot={snapshot} />
      </div>
    </div>
  );
}
