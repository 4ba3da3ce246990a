/** The answer of `why`: the sentence and what stands behind it, from a peer's view and what the node says of a flow. Pure. */
import type { FilterVerdictView, FlowQuestion } from '../node/types.ts';
import { PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/transport-header.ts';
import type { FlowProtocol, PathView, PeerView, WhyAnswer } from './schema.ts';
import { ageSeconds } from './status.ts';
import { say } from './words.ts';

export function protocolNumber(protocol: FlowProtocol): FlowQuestion['protocol'] {
  switch (protocol) {
    case 'tcp':
      return PROTOCOL_TCP;
    case 'udp':
      return PROTOCOL_UDP;
    case 'sctp':
      return PROTOCOL_SCTP;
    default:
      return protocol;
  }
}

export function toWhy(peer: PeerView, flow: { readonly protocol: FlowProtocol; readonly port: number } | undefined, verdict: FilterVerdictView | undefined, now: number): WhyAnswer {
  const asked = flow === undefined || verdict === undefined ? null : { flow, verdict };
  return {
    peer: peer.name,
    path: say(peer.path.why, now),
    evidence: toEvidence(peer.path, now),
    filter:
      asked === null
        ? null
        : {
            ...asked.flow,
            in: { allowed: asked.verdict.inbound.allowed, rule: asked.verdict.inbound.rule, sentence: say(asked.verdict.inbound.message, now) },
            out: { sentence: say(asked.verdict.outbound, now) },
          },
  };
}

function toEvidence({ kind, via, latencyMs, sinceAt, nextTryAt, candidates }: PathView, now: number): WhyAnswer['evidence'] {
  return {
    kind,
    via,
    latencyMs,
    sinceSeconds: ageSeconds(sinceAt, now),
    nextTrySeconds: secondsUntil(nextTryAt, now),
    candidates: candidates.map(({ endpoint, source, sent, answered, latencyMs: of, lastAnswerAt, badUntil }) => ({
      endpoint,
      source,
      sent,
      answered,
      latencyMs: of,
      lastAnswerAgeSeconds: ageSeconds(lastAnswerAt, now),
      leftOutSeconds: badUntil === null || badUntil <= now ? null : secondsUntil(badUntil, now),
    })),
  };
}

function secondsUntil(at: number | null, now: number): number | null {
  return at === null ? null : ageSeconds(now, at);
}
