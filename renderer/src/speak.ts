/**
 * The engine's messages, and ages and sizes, in the page's language. What the page says by itself goes through `t` of language.ts.
 * As there: no text may be computed when a module is loaded.
 */
import * as answers from '../../app/api/answers.ts';
import type { ApiError } from '../../app/api/schema.ts';
import type { Message } from '../../app/node/messages.ts';
import type { Reconnects } from '../../app/api/reconnects.ts';
import { speaker, type Words } from '../../app/api/speaker.ts';
import * as units from '../../app/api/units.ts';
import { t, useLanguage } from './language.ts';

const language = () => useLanguage.getState().language;

export const say = (message: Message, now: number): string => speaker(language()).say(message, now);
export const sayParts = (message: Message, now: number): Words => speaker(language()).sayParts(message, now);
export const sayReconnects = (reconnects: Reconnects): string => speaker(language()).sayReconnects(reconnects);
/** Why something that was asked for is not done. */
export const sayError = (error: ApiError): string => answers.sayError(error, language());
export const sayFailure = (error: ApiError): string => t('action.failed', { why: sayError(error) });

export const formatAge = (ms: number): string => units.formatAge(ms, language());
export const formatDuration = (ms: number): string => units.formatDuration(ms, language());
export const formatLatency = (ms: number): string => units.formatLatency(ms, language());
export const formatBytes = (bytes: number): string => units.formatBytes(bytes, language());
