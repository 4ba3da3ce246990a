/** The same 10,000 peers as a plain table without a framework: what a browser needs at least. Served beside our page, for scale. */
import type { PeerView } from '../../app/api/schema.ts';

const CELLS = (peer: PeerView): readonly string[] => [peer.name, peer.addresses[0] ?? '', peer.path.via ?? '', String(peer.path.latencyMs ?? ''), String(peer.handshakeAt ?? ''), String(peer.lastDataAt ?? ''), `${peer.rxBytes} / ${peer.txBytes}`];

/** A whole document. Row n has the id `rN`; the scroller is `.tablewrap`, as ours. */
export function staticTable(peers: readonly PeerView[]): string {
  const rows = peers.map((peer, i) => `<tr id="r${i}">${CELLS(peer).map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>table</title><style>html,body{margin:0;height:100%}.tablewrap{height:100%;overflow:auto}td{padding:8px}</style><div class="tablewrap"><table><tbody>${rows}</tbody></table></div></html>`;
}
