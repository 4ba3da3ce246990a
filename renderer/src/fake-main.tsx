/** The tests' entry: the page on a fake engine. `?scene=NAME` picks the state, `?connection=connecting` leaves it waiting. */
import { FakeEngine } from './fake-bridge.ts';
import { isScene, scenes } from './fake-scene-list.ts';
import { start } from './start.tsx';

declare global {
  interface Window {
    fakeEngine: FakeEngine;
  }
}

const asked = new URLSearchParams(window.location.search);
const name = asked.get('scene') ?? 'connected';
if (!isScene(name)) throw new Error(`there is no scene ${name}`);
// The benchmark of the page leaves out what only a fake engine takes.
const began = performance.now();
window.fakeEngine = new FakeEngine(scenes[name](), asked.get('connection') === 'connecting' ? 'connecting' : 'open');
performance.measure('fake engine', { start: began });
start(window.fakeEngine);
