import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { openingSwitch } from './opening-switches.ts';

it.each([
  ['--remote-debugging-port=9222', 'remote-debugging-port'],
  ['--remote-debugging-pipe', 'remote-debugging-pipe'],
  ['-no-sandbox', 'no-sandbox'],
  ['/disable-web-security', 'disable-web-security'],
  ['--LOAD-EXTENSION=x', 'load-extension'],
  ['--renderer-cmd-prefix=xterm -e', 'renderer-cmd-prefix'],
  ['--browser-subprocess-path=x', 'browser-subprocess-path'],
  ['--js-flags=--expose-gc', 'js-flags'],
  ['--inspect=9229', 'inspect'],
  ['--single-process', 'single-process'],
])('%s is seen', (arg, name) => {
  expect(openingSwitch(['bowline', '--sandbox', arg])).toBe(name);
});

it('what a person may say is not', () => {
  expect(openingSwitch(['/opt/Bowline/bowline', '--sandbox', 'no-sandbox', 'bowline://open', '--hidden', '--lang=de', '--enable-features=UseOzonePlatform', '--ozone-platform=wayland', '--user-data-dir=x', '--proxy-server=x'])).toBeUndefined();
});

it('any arguments end in an answer', () => {
  fc.assert(fc.property(fc.array(fc.string()), (args) => void openingSwitch(args)));
});
