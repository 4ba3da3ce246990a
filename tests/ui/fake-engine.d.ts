/** What fake.html puts on `window`, for code that runs inside the page. */
import type { FakeEngine } from '../../renderer/src/fake-bridge.ts';

declare global {
  interface Window {
    readonly fakeEngine: FakeEngine;
  }
}
