/**
 * Pages beside ours, for scale: the same 10,000 peers as a plain table without a framework, which is what a browser needs at least; and
 * two without contents, which tell how many frames this machine gives to anybody.
 */
import type { PeerView } from '../../app/api/schema.ts';

const CELLS = (peer: PeerView): readonly string[] => [peer.name, peer.addresses[0] ?? '', peer.path.via ?? '', String(peer.path.latencyMs ?? ''), String(peer.handshakeAt ?? ''), String(peer.lastDataAt ?? ''), `${peer.rxBytes} / ${peer.txBytes}`];

/** A whole document. Row n has the id `rN`; the scroller is `.tablewrap`, as ours. */
export function staticTable(peers: readonly PeerView[]): string {
  const rows = peers.map((peer, i) => `<tr id="r${i}">${CELLS(peer).map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>table</title><style>html,body{margin:0;height:100%}.tablewrap{height:100%;overflow:auto}td{padding:8px}</style><div class="tablewrap"><table><tbody>${rows}</tbody></table></div></html>`;
}

/** Frames come, and nothing is drawn. */
export const EMPTY = '<!doctype html><html lang="en"><meta charset="utf-8"><title>empty</title></html>';

/** Nothing but a height to scroll through. */
export const EMPTY_SCROLLED = '<!doctype html><html lang="en"><meta charset="utf-8"><title>scrolled</title><style>html,body{margin:0;height:100%}.tablewrap{height:100%;overflow:auto}.tablewrap div{height:400000px}</style><div class="tablewrap"><div></div></div></html>';
