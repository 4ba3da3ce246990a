/**
 * The page's own time: ms that only go forward, and that go on while the computer sleeps. performance.now() stands still then
 * on some systems, so what was heard before an hour of sleep would look a second old; the wall clock leaps instead, and a leap
 * counts as time that has passed. A clock that is set forward does the same: ages are too old for a moment, never too young.
 */
const LEAP_MS = 3_000;

export function pageTimeOf(monotonic: () => number, wall: () => number): () => number {
  let slept = 0;
  let before = { monotonic: monotonic(), wall: wall() };
  return () => {
    const now = { monotonic: monotonic(), wall: wall() };
    const leap = now.wall - before.wall - (now.monotonic - before.monotonic);
    if (leap > LEAP_MS) slept += leap;
    before = now;
    return now.monotonic + slept;
  };
}

export const pageTime = pageTimeOf(
  () => performance.now(),
  () => Date.now(),
);
