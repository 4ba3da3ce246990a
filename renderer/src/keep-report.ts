/**
 * Copies or saves a report: by what surrounds the engine, or, where the page is in a browser, by the page itself, which then
 * keeps the very text that it shows. Answers what came of it; it never throws. Used by the page of diagnostics.
 */
import { formatBytes, sayError } from './speak.ts';
import type { Settings } from '../../app/api/schema.ts';
import { t } from './language.ts';
import { bytesOf, fileOf, type Report } from './report-file.ts';
import type { Link } from './store.ts';

export type Kept = { readonly done: boolean; readonly said: string };

/** How long the browser may take to read what it was handed. */
const HANDED_MS = 60_000;

function handOver(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), HANDED_MS);
}

async function byThePage(report: Report, to: 'clipboard' | 'file'): Promise<Kept> {
  const text = to === 'clipboard' ? report.text : fileOf(report);
  const size = formatBytes(bytesOf(text));
  try {
    if (to === 'clipboard') await navigator.clipboard.writeText(text);
    else handOver(report.fileName, text);
  } catch {
    const why = t('diagnostics.not-allowed');
    return { done: false, said: to === 'clipboard' ? t('diagnostics.not-copied', { why }) : t('diagnostics.not-saved', { why }) };
  }
  return { done: true, said: to === 'clipboard' ? t('diagnostics.copied', { size }) : t('diagnostics.saved.here', { file: report.fileName, size }) };
}

export async function keepReport(link: Link, report: Report, names: Settings['report'], to: 'clipboard' | 'file'): Promise<Kept> {
  const reply = await link.request('keepReport', { names, to });
  if (!reply.ok) {
    const why = sayError(reply.error);
    return { done: false, said: to === 'clipboard' ? t('diagnostics.not-copied', { why }) : t('diagnostics.not-saved', { why }) };
  }
  const { kept, where, bytes } = reply.value;
  const size = formatBytes(bytes);
  switch (kept) {
    case 'clipboard':
      return { done: true, said: t('diagnostics.copied', { size }) };
    case 'file':
      return { done: true, said: where === null ? t('diagnostics.saved.somewhere', { size }) : t('diagnostics.saved.tray', { where, size }) };
    case 'cancelled':
      return { done: false, said: t('diagnostics.cancelled') };
    case 'not-here':
      return byThePage(report, to);
  }
}
