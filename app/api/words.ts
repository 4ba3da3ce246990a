/**
 * English, for those that speak nothing else: the JSON of the command line (status.ts, why.ts), whose sentences are a contract,
 * the report, and logs. What a person reads in their own language goes through speaker.ts.
 */
import { speaker } from './speaker.ts';

export { formatAge, formatBytes, formatDuration, formatLatency } from './units.ts';

export const { say, sayParts, sayReconnects } = speaker('en');
