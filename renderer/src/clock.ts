/** One interval of 1 s while the page is visible, none while it is hidden. It only calls; store.ts moves the ages. */
export function runClock(tick: () => void, page: Document = document): () => void {
  let interval: ReturnType<typeof setInterval> | undefined;
  const follow = (): void => {
    clearInterval(interval);
    interval = undefined;
    if (page.visibilityState === 'hidden') return;
    tick();
    interval = setInterval(tick, 1_000);
  };
  page.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    clearInterval(interval);
    page.removeEventListener('visibilitychange', follow);
  };
}
