/**
 * Log levels have written meanings. error: Bowline's own bug; a person should report it; fails a simulation.
 * warn: something outside is wrong and Bowline is handling it. info: a rare change of state, a few a day.
 * debug: each event. trace: each packet; off unless asked for. No secret, key or token at any level.
 */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface Log {
  write(level: LogLevel, area: string, text: string): void;
}
