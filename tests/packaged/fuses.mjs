/** Check 13: the fuses in the binary of a packaged app are those that were decided. Needs `npm run build`. */
import { readFileSync } from 'node:fs';
import { judgeWire, readWires } from '../../dist/build/fuse-wire.js';
import { appAt, verdict } from './packaged-app.mjs';

const { withFuses } = appAt(process.argv[2], process.argv[3]);
const wires = readWires(readFileSync(withFuses));
verdict(wires.length === 0 ? [`${withFuses} has no fuses: it is no Electron`] : wires.flatMap((wire) => judgeWire(wire, true)), 'every fuse is as it was decided');
