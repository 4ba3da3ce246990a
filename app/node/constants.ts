/** Numbers of the node's own rules. Protocol numbers live with their protocol. Milliseconds unless named otherwise. */
import type { BackoffRule } from '../time/backoff.ts';
import type { Duration } from '../time/instant.ts';

/** A peer is called proved while its last authentic packet is younger than this: the life of a WireGuard session (REJECT_AFTER_TIME). */
export const PROVED_FOR: Duration = 180_000;
/** After a suspicion: how long the in-tunnel probe may take before a handshake is asked for. */
export const PROBE_WAIT: Duration = 1_000;
/** After asking: without an answer for this long, "checking" becomes "silent". One REKEY_TIMEOUT and its jitter. */
export const SILENT_AFTER_ASKING: Duration = 5_500;
/** A peer to which we sent something this recently takes part in the question "is it one peer, or all?". */
export const IN_USE_FOR: Duration = 10_000;
/** The only peer that ever answered stays silent for this long after it was declared so: a new socket is tried, as when all are silent. */
export const ALONE_WAIT: Duration = 10_000;
/** After start and after wake: by then the first round is summed up in the history. */
export const FIRST_ROUND: Duration = 10_000;
/** Peers of a map that are asked in the first round: enough to prove a small network, too few to be a storm in a large one. */
export const FIRST_ROUND_PEERS = 64;
/** The server sends a sign of life at least every minute: without one for this long, "ok" is no longer said. */
export const SERVER_QUIET_AFTER: Duration = 75_000;
/** A key that ends this soon is told. */
export const KEY_EXPIRES_SOON: Duration = 7 * 24 * 3_600_000;
/** Causes about single peers that are shown at most. */
export const PEER_CAUSES = 50;
/** At most one socket replacement per this time (teardown budget of product.md, fault 5). */
export const REBIND_EVERY: Duration = 30_000;
/** After WireGuard gave up (90 s): the next round of handshakes. */
export const RETRY: BackoffRule = { firstMs: 15_000, capMs: 300_000, factor: 2, jitter: 0.2 };
/** While someone looks: a probe per live peer this often. */
export const WATCH_EVERY: Duration = 2_000;
/** Peers probed per round while someone looks. */
export const WATCH_PEERS = 32;
/** An echo that is not answered by then is lost. */
export const ECHO_DEADLINE: Duration = 2_000;
/** Echoes sent within so long of each other are given up together. */
export const ECHOES_GATHERED: Duration = 100;
/** Latency samples kept per peer, history entries kept per node, effects waiting at most. */
export const LATENCY_SAMPLES = 60;
export const HISTORY_ENTRIES = 500;
/** A session is renewed at 120 s (REKEY_AFTER_TIME) or later: one that is replaced before was not renewed as routine. */
export const EARLY_SESSION: Duration = 118_000;
/** We called within this time too: both sides began at once, as at start. One REKEY_TIMEOUT and its jitter. */
export const CROSSED_WITHIN: Duration = 5_500;
/** A peer that let this many probes go by without an answer is not probed again before PROBE_AGAIN_AFTER. */
export const PROBES_IGNORED = 3;
export const PROBE_AGAIN_AFTER: Duration = 600_000;
/** Handshakes through a relay without an answer, from which on its connection is doubted. */
export const DOUBT_RELAY_AFTER = 2;
