/** One example of each message about paths and relays; a new key fails to compile here too. For the tests of the words. */
import type { MeshMessage } from '../../app/node/mesh-messages.ts';

const NOW = 1_000_000;
const [relay, peer, endpoint] = ['lab', 'thinkpad', '192.0.2.1:41641'];
const trouble = { key: 'trouble.relay-no-pong', relay, afterMs: 5_000 } as const;
const nextTryAt = NOW + 12_000;

export const meshExamples: { readonly [K in MeshMessage['key']]: Extract<MeshMessage, { readonly key: K }> } = {
  'trouble.not-a-relay': { key: 'trouble.not-a-relay', host: 'derp.example.org', status: 404 },
  'trouble.relay-no-pong': trouble,
  'trouble.relay-restarts': { key: 'trouble.relay-restarts', relay },
  'trouble.relay-map-changed': { key: 'trouble.relay-map-changed', relay },
  'trouble.relay-key-changed': { key: 'trouble.relay-key-changed', relay },
  'why.direct-proved': { key: 'why.direct-proved', endpoint },
  'why.none-no-way': { key: 'why.none-no-way' },
  'why.none-trying': { key: 'why.none-trying', candidates: 2 },
  'why.relay-trying': { key: 'why.relay-trying', relay, candidates: 3 },
  'why.relay-not-in-use': { key: 'why.relay-not-in-use', relay },
  'why.relay-udp-blocked': { key: 'why.relay-udp-blocked', relay, nextTryAt },
  'why.relay-no-disco': { key: 'why.relay-no-disco', relay },
  'why.relay-no-candidates': { key: 'why.relay-no-candidates', relay, nextTryAt: null },
  'why.relay-family-missing': { key: 'why.relay-family-missing', relay, family: 6 },
  'why.relay-data-lost': { key: 'why.relay-data-lost', relay, endpoint, at: NOW - 60_000, nextTryAt },
  'why.relay-hard-nat': { key: 'why.relay-hard-nat', relay, probed: 3, nextTryAt },
  'why.relay-no-answer': { key: 'why.relay-no-answer', relay, probed: 1, nextTryAt },
  'truth.relay-off': { key: 'truth.relay-off' },
  'truth.relay-choosing': { key: 'truth.relay-choosing', total: 4 },
  'truth.relay-up': { key: 'truth.relay-up', relay },
  'truth.relay-health': { key: 'truth.relay-health', relay, text: 'another client uses the same key' },
  'truth.relay-checking': { key: 'truth.relay-checking', relay },
  'truth.relay-connecting': { key: 'truth.relay-connecting', relay, attempt: 2 },
  'truth.relay-waiting': { key: 'truth.relay-waiting', relay, trouble, nextTryAt },
  'truth.relay-no-network': { key: 'truth.relay-no-network' },
  'cause.relay': { key: 'cause.relay', relay, trouble: { key: 'trouble.refused', host: 'derp.example.org', port: 443 }, nextTryAt },
  'cause.udp-blocked': { key: 'cause.udp-blocked' },
  'cause.captive-portal': { key: 'cause.captive-portal' },
  'history.cause.relay': { key: 'history.cause.relay', relay, trouble },
  'history.cause.path-proved': { key: 'history.cause.path-proved', peer, to: endpoint },
  'history.cause.path-faster': { key: 'history.cause.path-faster', peer, to: endpoint },
  'history.cause.path-no-pong': { key: 'history.cause.path-no-pong', peer, from: endpoint },
  'history.cause.path-data-lost': { key: 'history.cause.path-data-lost', peer, from: endpoint },
  'history.cause.path-network-changed': { key: 'history.cause.path-network-changed', peer, from: endpoint },
  'history.cause.path-relay-changed': { key: 'history.cause.path-relay-changed', peer, to: 'relay lab' },
  'history.cause.path-peer-moved': { key: 'history.cause.path-peer-moved', peer, to: endpoint },
  'history.action.relay-reconnect': { key: 'history.action.relay-reconnect', attempts: 3 },
  'history.action.path-moved': { key: 'history.action.path-moved', to: 'relay lab' },
  'history.action.path-lost': { key: 'history.action.path-lost' },
  'history.result.relay-up': { key: 'history.result.relay-up', relay },
  'history.result.relay-not-needed': { key: 'history.result.relay-not-needed', relay },
  'history.result.path': { key: 'history.result.path', peer, to: endpoint },
  'history.result.path-none': { key: 'history.result.path-none', peer },
};
