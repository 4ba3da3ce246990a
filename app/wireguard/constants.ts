/**
 * Numbers of the WireGuard whitepaper (Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", section 6 and 5.4),
 * under its own names, and the few that are Bowline's, marked so. No other literal of time or size in this folder.
 */
import type { Duration } from '../time/instant.ts';

// Section 6.1 and 6.2. Milliseconds and messages.
export const REKEY_AFTER_TIME: Duration = 120_000;
export const REJECT_AFTER_TIME: Duration = 180_000;
export const REKEY_ATTEMPT_TIME: Duration = 90_000;
export const REKEY_TIMEOUT: Duration = 5_000;
export const KEEPALIVE_TIMEOUT: Duration = 10_000;
/** 2^60 and 2^64 - 2^13 - 1 as high words: low words are 0 and 0xffffdfff. */
export const REKEY_AFTER_MESSAGES_HIGH = 0x1000_0000;
export const REJECT_AFTER_MESSAGES_HIGH = 0xffff_ffff;
export const REJECT_AFTER_MESSAGES_LOW = 0xffff_dfff;
/** The initiator refreshes on receive when its session is this old: REJECT_AFTER_TIME - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT. */
export const REKEY_AFTER_TIME_RECEIVING: Duration = REJECT_AFTER_TIME - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT;

/** Data that nothing answered for this long starts a handshake (6.2). */
export const UNANSWERED_AFTER: Duration = KEEPALIVE_TIMEOUT + REKEY_TIMEOUT;

// Section 5.4.7 and 5.3: cookies.
export const COOKIE_SECRET_MAX_AGE: Duration = 120_000;
export const COOKIE_MAX_AGE: Duration = 120_000;

/** Jitter added to each REKEY_TIMEOUT (whitepaper 6.1; the reference implementations use up to 333 ms). */
export const REKEY_TIMEOUT_JITTER: Duration = 333;
/** Smallest gap between initiations accepted from one peer (reference implementations: 1/50 s). */
export const HANDSHAKE_INITIATION_RATE: Duration = 20;

/** Window of the replay filter in messages; at least the reference's 8,128. */
export const REPLAY_WINDOW = 8_128;
export const PADDING = 16;

// Bowline's own.
/** Data without any authentic answer for this long is suspicious and worth a probe. Doubled per peer up to KEEPALIVE_TIMEOUT + REKEY_TIMEOUT when it proves wrong. */
export const SUSPECT_AFTER: Duration = 3_000;
/** Data to a peer whose path is chosen, after none for this long, is told. */
export const ACTIVE_AFTER: Duration = 10_000;
/** Smallest gap between two facts about the way on which a peer is heard. */
export const ARRIVAL_EVERY: Duration = 1_000;
/** Ours: a waiting handshake goes out again, unchanged, at most so often. */
export const RESEND_EVERY: Duration = 500;
/** Packets kept per peer while a handshake runs; the oldest is dropped. */
export const STAGED_PACKETS = 32;
/** Handshake initiations and responses accepted per second before cookies are demanded. */
export const UNDER_LOAD_PER_SECOND = 200;
/** Once under load, stays so for this long after the last excess (reference: 1 s). */
export const UNDER_LOAD_FOR: Duration = 1_000;
/** Token bucket per source address under load: sustained per second, and burst (reference: 20 and 5). */
export const SOURCE_RATE_PER_SECOND = 20;
export const SOURCE_BURST = 5;
/** Sources remembered by the rate limiter; the oldest is forgotten. IPv6 sources count by their /64. */
export const SOURCES_REMEMBERED = 4_096;
/** Outputs (handshake messages, facts) waiting to be drained. More are dropped and counted. */
export const OUTPUT_QUEUE = 4_096;
