/**
 * What Electron runs first: compares the natives with the list in the archive, and only then loads the app, which loads them. A
 * package with another native ends here, with a sentence. Run from its source there is no package, and nothing to compare.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pickLanguage } from '../app/language/languages.ts';
import { translator } from '../app/language/texts.ts';
import { isPackaged, preferredLanguages, refuseToStart } from './electron-refusal.ts';
import { faultOfNatives } from './native-list.ts';

const outside = fileURLToPath(new URL('../../', import.meta.url)).replace(/\.asar([\\/])$/, '.asar.unpacked$1');

function read(path: string | URL): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

const fault = isPackaged() ? faultOfNatives(process.platform, process.arch, () => read(new URL('./natives.json', import.meta.url))?.toString(), (file) => read(outside + file)) : undefined;
if (fault === undefined) {
  // Awaited: what has to be said before ready is said in there.
  await import('./main.ts');
} else {
  const { text } = translator(pickLanguage(preferredLanguages()));
  refuseToStart(text('app.not-started'), text('app.native', { file: 'file' in fault ? fault.file : 'natives.json', fault: fault.kind }));
}
