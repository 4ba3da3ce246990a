/** Prints the two clocks of this system as JSON, for clocks.test.ts, which runs it in a time namespace. */
import { nativeSources } from '../../app/host/native-clocks.ts';

console.log(JSON.stringify(nativeSources().reading()));
