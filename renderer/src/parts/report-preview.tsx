/**
 * The text of a report as it is, with a way to each of its sections. A report may have 2 MB: pieces that are out of sight are
 * not laid out (`content-visibility`), and still are found by the browser's search and read by a screen reader.
 */
import { memo, useRef, type ReactNode } from 'react';
import { t } from '../language.ts';
import { piecesOf, sectionsOf } from '../report-file.ts';

export const ReportPreview = memo(function ReportPreview({ text }: { readonly text: string }): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const sections = sectionsOf(text);
  const show = (index: number): void => {
    const { current } = scroller;
    const target = current?.querySelector<HTMLElement>(`[data-section="${index}"]`);
    if (current === null || target === null || target === undefined) return;
    current.scrollTop += target.getBoundingClientRect().top - current.getBoundingClientRect().top - current.clientTop;
    current.focus();
  };
  return (
    <>
      <nav className="contents" aria-label={t('diagnostics.contents')}>
        {sections.map(({ title, lines }, index) => (
          <button key={title ?? ''} type="button" title={t('diagnostics.lines', { lines })} onClick={() => show(index)}>
            {title ?? t('diagnostics.head')}
          </button>
        ))}
      </nav>
      {/* Scrolls, so it must be reachable by keyboard. */}
      <div className="pre" ref={scroller} tabIndex={0} role="region" aria-label={t('diagnostics.preview')} data-testid="preview">
        {sections.map((section, index) => (
          <pre key={section.title ?? ''} data-section={index} className={index === 0 ? 'dim' : ''}>
            {piecesOf(section.text).map((piece) => {
              const head = piece.startsAt === 0 && section.title !== null ? piece.text.slice(0, piece.text.indexOf('\n') + 1) : '';
              return (
                <code key={piece.startsAt}>
                  {head === '' ? null : <b>{head}</b>}
                  {piece.text.slice(head.length)}
                </code>
              );
            })}
          </pre>
        ))}
      </div>
    </>
  );
});
