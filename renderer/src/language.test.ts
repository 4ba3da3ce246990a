import { expect, it } from 'vitest';
import { resolveLanguage } from '../../app/language/languages.ts';
import { t, useLanguage } from './language.ts';

it("the page speaks what the person chose, else what the system asks for, and changes at once", () => {
  expect([resolveLanguage('system', ['de-CH', 'en']), resolveLanguage('en', ['de']), resolveLanguage('de', ['en']), resolveLanguage('system', ['fr'])]).toEqual(['de', 'en', 'de', 'en']);
  expect(t('settings.title')).toBe('Settings');
  useLanguage.setState({ language: 'de' });
  expect(t('settings.title')).toBe('Einstellungen');
});
