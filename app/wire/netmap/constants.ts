/** Limits of what a control server may say. Ours, none published; each is far above what 10,000 peers take. */

/** UTF-16 units of one message. 10,000 peers take about 12 million. */
export const MAX_MESSAGE_LENGTH = 64 * 1024 * 1024;
/** Values in one message, so that a flood of `[[],[],...]` cannot become a hundred times its size. 10,000 peers: 600,000. */
export const MAX_MESSAGE_VALUES = 4_000_000;
/** Objects and lists within each other. A map has 7; a node capability may hold JSON of its own. */
export const MAX_DEPTH = 64;
/** Text that a person reads is cut here. */
export const MAX_WORDS = 1_024;

/** Defaults of the DERP map (protocol: DERPMap). */
export const STUN_PORT = 3_478;
export const RELAY_PORT = 443;
/** STUNPort of a node without STUN. */
export const NO_STUN = -1;

/** What a filter rule without protocols means: TCP, UDP, ICMP, ICMPv6. */
export const DEFAULT_PROTOCOLS: readonly number[] = [6, 17, 1, 58];
