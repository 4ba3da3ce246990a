/**
 * What a peer of a configuration file is called: the comment beside, below or directly above its [Peer] when that reads
 * like a name, else the first letters of its public key. Unique in the file. A commented-out field is never a name.
 */
import type { Section } from './lines.ts';

const LENGTH_AT_MOST = 40;
const KEY_LETTERS = 8;
const FIELD = /^(?:PrivateKey|Address|ListenPort|MTU|DNS|FwMark|Table|PreUp|PostUp|PreDown|PostDown|SaveConfig|PublicKey|PresharedKey|AllowedIPs|Endpoint|PersistentKeepalive)\b/i;

/** Gives out names; one instance a file. */
export class PeerNames {
  readonly #taken = new Set<string>();

  nameOf(section: Section, publicKey: string): string {
    const comments = section.above === undefined ? section.comments : [...section.comments, section.above];
    const wanted = comments.map(nameIn).find((name) => name !== undefined) ?? publicKey.slice(0, KEY_LETTERS);
    let name = wanted;
    for (let n = 2; this.#taken.has(name.toLowerCase()); n++) name = `${wanted} ${n}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}

/** The name in a comment such as `harbour`, `Name = harbour` or `Client: harbour`. */
function nameIn(comment: string): string | undefined {
  const text = comment.replace(/^(?:friendly_?)?(?:name|client|peer)\s*[:=]\s*/i, '').trim();
  const fits = text.length > 0 && text.length <= LENGTH_AT_MOST && /^[\p{L}\p{N}][\p{L}\p{N} ._@#()'&+-]*$/u.test(text);
  // Long unbroken runs could be a key that somebody commented out.
  return fits && !FIELD.test(text) && !/[A-Za-z0-9+]{30}/.test(text) ? text : undefined;
}
