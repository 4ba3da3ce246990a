/**
 * The security and recovery rules, each as the line that holds it: where it stands, what takes its place, and which tests
 * must then fail. `run.ts` takes each away in a copy of the tree and expects red. A rule whose line moved fails too.
 */
export interface Rule {
  readonly name: string;
  readonly file: string;
  /** Exactly one place in the file. */
  readonly line: string;
  readonly without: string;
  /** Folders or files of the tests that must notice. */
  readonly tests: readonly string[];
}

const WIREGUARD = ['app/wireguard'];

export const RULES: readonly Rule[] = [
  {
    name: 'replay: a counter is accepted once',
    file: 'app/wireguard/wireguard.ts',
    line: 'if (!session.replay.accept(high, low)) {',
    without: 'if (!session.replay.accept(high, low) && session.replay === undefined) {',
    tests: WIREGUARD,
  },
  {
    name: 'replay: what is behind the window is refused',
    file: 'app/wireguard/replay.ts',
    line: 'else if (this.#behind(high, low) > REPLAY_WINDOW) return false;',
    without: 'else if (this.#behind(high, low) > Infinity) return false;',
    tests: WIREGUARD,
  },
  {
    name: 'TAI64N: an initiation must be later than the latest',
    file: 'app/wireguard/handshakes.ts',
    line: "if (!isLater(timestamp, peer.latestTimestamp)) return 'handshake: replayed timestamp';",
    without: '',
    tests: WIREGUARD,
  },
  {
    name: 'TAI64N: the latest is remembered',
    file: 'app/wireguard/handshakes.ts',
    line: 'peer.latestTimestamp.set(timestamp);',
    without: '',
    tests: WIREGUARD,
  },
  {
    name: 'mac1: checked before any curve',
    file: 'app/wireguard/handshakes.ts',
    line: "if (!this.#identity.macs.mac1Holds(message, layout.mac1)) return { kind: 'refused', why: 'handshake: wrong mac1' };",
    without: '',
    tests: WIREGUARD,
  },
  {
    name: 'mac2: demanded under load',
    file: 'app/wireguard/handshakes.ts',
    line: 'if (!this.#identity.macs.mac2Holds(message, layout.mac2, source, now)) {',
    without: 'if (this.#identity.macs === undefined) {',
    tests: WIREGUARD,
  },
  {
    name: 'mac2: bound to the address of its sender',
    file: 'app/wireguard/cookies.ts',
    line: 'this.#crypto.blake2sMac(this.#secret, cookie, ipBytes(source.address), Uint8Array.of(source.port >>> 8, source.port & 0xff));',
    without: 'this.#crypto.blake2sMac(this.#secret, cookie, ipBytes({ ...source.address, w3: 0 }).fill(0));',
    tests: WIREGUARD,
  },
  {
    name: 'load: each source has its share',
    file: 'app/wireguard/load.ts',
    line: 'if (bucket.tokens < 1) return false;',
    without: '',
    tests: WIREGUARD,
  },
  {
    name: 'roaming: only where the policy is to follow',
    file: 'app/wireguard/wireguard.ts',
    line: "if (peer.roaming !== 'follow' || endpoint === peer.endpoint || endpoint === NO_ENDPOINT) return;",
    without: 'if (endpoint === peer.endpoint || endpoint === NO_ENDPOINT) return;',
    tests: WIREGUARD,
  },
  {
    name: 'roaming: a replayed initiation moves nothing (followed only after it was taken)',
    file: 'app/wireguard/wireguard.ts',
    line: "    const taken = this.#handshakes.respond(message, now);\n    if (typeof taken === 'string') return taken;",
    without:
      "    const taken = this.#handshakes.respond(message, now);\n    if (typeof taken === 'string') {\n      for (const peer of this.#peers) if (peer !== undefined) this.#follow(peer, endpoint, now);\n      return taken;\n    }",
    tests: WIREGUARD,
  },
  {
    name: 'roaming: data is authenticated before its source counts',
    file: 'app/wireguard/wireguard.ts',
    line: '    const inner = offset + DATA.header;',
    without: '    this.#follow(this.#peers[session.peer]!, endpoint, now);\n    const inner = offset + DATA.header;',
    tests: WIREGUARD,
  },
  {
    name: 'rotation: by the initiator only, when it sends',
    file: 'app/wireguard/session.ts',
    line: "return this.role === 'initiator' && age(this.bornAt, now) >= REKEY_AFTER_TIME;",
    without: 'return age(this.bornAt, now) >= REKEY_AFTER_TIME;',
    tests: WIREGUARD,
  },
  {
    name: 'rotation: by the initiator only, when it receives',
    file: 'app/wireguard/session.ts',
    line: "return this.role === 'initiator' && age(this.bornAt, now) >= REKEY_AFTER_TIME_RECEIVING;",
    without: 'return age(this.bornAt, now) >= REKEY_AFTER_TIME_RECEIVING;',
    tests: WIREGUARD,
  },
  {
    name: 'rotation: it happens at all when sending',
    file: 'app/wireguard/wireguard.ts',
    line: '    this.#authenticSent(peer, now);\n    if (session.wantsRekeyAfterSend(now)) this.#initiate(peer, now);\n  }\n\n  #sendKeepalive',
    without: '    this.#authenticSent(peer, now);\n  }\n\n  #sendKeepalive',
    tests: WIREGUARD,
  },
  {
    name: 'age: no data after REJECT_AFTER_TIME',
    file: 'app/wireguard/wireguard.ts',
    line: 'if (!session.isAlive(now)) {',
    without: 'if (session.bornAt > now) {',
    tests: WIREGUARD,
  },
  {
    name: 'responder: sends nothing on an unproved session',
    file: 'app/wireguard/session-table.ts',
    line: '    peer.next = session;',
    without: '    peer.current = session;',
    tests: WIREGUARD,
  },
  {
    name: 'spoofed response: the pending handshake is opened on a copy',
    file: 'app/noise/ikpsk2.ts',
    line: 'const state = pending.state.copy();',
    without: 'const state = pending.state;',
    tests: WIREGUARD,
  },
  {
    name: 'unanswered data starts a handshake',
    file: 'app/wireguard/timers.ts',
    line: "return whenDue(after(peer.unansweredSince, UNANSWERED_AFTER), now, { kind: 'initiate' });",
    without: 'return NOTHING;',
    tests: WIREGUARD,
  },
  {
    name: 'allowed source: an inner packet comes from the peer that owns its source',
    file: 'app/dataplane/dataplane.ts',
    line: 'if (this.#routes.lookup(header.family, header.s0, header.s1, header.s2, header.s3) !== opened.peer) {',
    without: 'if (this.#routes.lookup(header.family, header.s0, header.s1, header.s2, header.s3) === undefined) {',
    tests: ['app/dataplane'],
  },
  {
    name: 'probe: answered only by the peer that was asked',
    file: 'app/dataplane/in-tunnel-probe.ts',
    line: 'if (sent === undefined || sent.peer !== peer) return undefined;',
    without: 'if (sent === undefined) return undefined;',
    tests: ['app/dataplane'],
  },
  {
    name: 'honesty: green means data inside its limit',
    file: 'app/node/peer.ts',
    line: "return heard !== undefined && heard <= PROVED_FOR ? 'proved' : 'quiet';",
    without: "return heard !== undefined ? 'proved' : 'quiet';",
    tests: ['app/node'],
  },
  {
    name: 'wake: nothing stays green unproved',
    file: 'app/node/repair-ladder.ts',
    line: "if (peer.standing.kind !== 'never') peer.standing = { kind: 'checking', since: now, attempts: 0 };",
    without: '',
    tests: ['app/node'],
  },
  {
    name: 'budget: one socket replacement per REBIND_EVERY',
    file: 'app/node/repair-ladder.ts',
    line: 'if (this.#reboundAt !== undefined && age(this.#reboundAt, now) < REBIND_EVERY) return false;',
    without: '',
    tests: ['app/node'],
  },
  {
    name: 'one cause is told once: all silent is one entry',
    file: 'app/node/repair-ladder.ts',
    line: 'if (all) this.#openBlackout(inUse, since, now);\n    else this.#single',
    without: 'this.#single',
    tests: ['app/node'],
  },
];
