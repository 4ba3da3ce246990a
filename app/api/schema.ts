/**
 * The contract with everyone outside the engine, as one schema value: the Electron bridge, the local page, the CLI and
 * every test double derive their types, their validators and their channel names from `api`. Nothing here does I/O.
 *
 * Two forms of the same truth. `Snapshot` + `Patch` feed screens: instants in engine milliseconds (so that ages tick
 * without messages) and messages as data (so that a screen chooses the language). `Status`, `PeerStatus` and
 * `HistoryEntry` are the stable JSON of the CLI (ages in seconds, sentences in English); `api/status.ts` derives them.
 */
import * as v from 'valibot';
import type { Message } from '../node/messages.ts';
import { LinkId, LockedWhy, Settings, ShellView } from './shell-schema.ts';

export { KeysView, LinkId, LockedWhy, LoginItemState, Settings, ShellView, UpdateView } from './shell-schema.ts';

/** A Message of node/messages.ts. Its key is checked against the catalogue where it is turned into words. */
export const MessageSchema = v.pipe(
  v.looseObject({ key: v.pipe(v.string(), v.maxLength(80)) }),
  v.transform((value) => value as unknown as Message),
);

const Text = v.pipe(v.string(), v.maxLength(2_000));
const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(255));
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Engine time in ms: compare only with `now` of the same snapshot or patch. */
const InstantMs = v.number();
const WallMs = v.number();

export const TruthName = v.picklist(['control', 'relay', 'path', 'os']);
export const TruthState = v.picklist(['ok', 'checking', 'stale', 'down', 'off']);
/** idle: no data inside its limit and nothing was asked; nothing is known to be wrong, nothing is proved. */
export const OverallState = v.picklist(['connected', 'idle', 'checking', 'attention', 'offline', 'stopped']);
/** proved: authentic data within PROVED_FOR. quiet: older, and nothing was asked. checking: asked, no answer yet.
 *  silent: asked for long or in vain. never: no handshake has ever completed. */
export const PeerHealth = v.picklist(['proved', 'quiet', 'checking', 'silent', 'never']);

export const TruthView = v.object({ state: TruthState, provedAt: v.nullable(InstantMs), detail: MessageSchema });

/** What Bowline keeps on this computer's system; `items`: the first that are not there. Null `opponent`: there is no fight. */
export const OsView = v.object({
  state: v.picklist(['checking', 'settled', 'repairing', 'fought-over', 'refused', 'misled', 'device-gone']),
  sinceAt: v.nullable(InstantMs),
  items: v.array(v.object({ kind: v.picklist(['device', 'address', 'route', 'throw', 'rule', 'setting', 'names']), name: Text })),
  missing: Count,
  attempts: Count,
  undone: Count,
  opponent: v.nullable(v.object({ program: v.nullable(Name), mark: v.nullable(Name) })),
  nextTryAt: v.nullable(InstantMs),
});

export const CauseView = v.object({
  id: Text,
  severity: v.picklist(['down', 'stale', 'checking', 'info']),
  message: MessageSchema,
  sinceAt: InstantMs,
  peer: v.nullable(Name),
});

export const PathKind = v.picklist(['direct', 'relay', 'none']);

/** An address of a peer, and what came of asking there. */
export const CandidateView = v.object({
  /** `ip:port`. */
  endpoint: Text,
  /** Who told it: the network's map, the peer itself through the relay, or a packet that came from there. */
  source: v.picklist(['map', 'call-me-maybe', 'ping']),
  /** Probes in all, and answers to them. */
  sent: Count,
  answered: Count,
  lastAnswerAt: v.nullable(InstantMs),
  latencyMs: v.nullable(v.number()),
  /** Probes passed there and data did not: left out until then. */
  badUntil: v.nullable(InstantMs),
});

export const PathView = v.object({
  kind: PathKind,
  /** `ip:port`, or a region's code. */
  via: v.nullable(Text),
  latencyMs: v.nullable(v.number()),
  why: MessageSchema,
  /** When packets began to go this way. */
  sinceAt: v.nullable(InstantMs),
  /** When a direct way is tried next; null: with the next packet, or not needed. */
  nextTryAt: v.nullable(InstantMs),
  /** Empty for a peer that is written in a file. */
  candidates: v.array(CandidateView),
});

/** A relay of the network. What each state means: `RelayRegionState` of relay/types.ts. */
export const RelayView = v.object({
  region: Count,
  code: Text,
  name: Text,
  /** Others reach this computer through it. */
  home: v.boolean(),
  state: v.picklist(['idle', 'connecting', 'up', 'checking', 'backing-off', 'waiting-for-network']),
  heardAt: v.nullable(InstantMs),
  /** As measured last. */
  latencyMs: v.nullable(v.number()),
});

/** The network around this computer, as last measured. Null in it: not known. */
export const NetcheckView = v.object({
  at: InstantMs,
  udp: v.nullable(v.boolean()),
  ipv4: v.nullable(v.boolean()),
  ipv6: v.nullable(v.boolean()),
  /** The NAT takes another port for each destination. */
  mappingVariesByDestination: v.nullable(v.boolean()),
  captivePortal: v.nullable(v.boolean()),
  /** `ip:port` at which others see this computer. */
  globalV4: v.nullable(Text),
  globalV6: v.nullable(Text),
  /** What the router does about a port of this computer's own. */
  portMapping: v.nullable(MessageSchema),
});

export const PeerView = v.object({
  id: Count,
  name: Name,
  publicKey: Text,
  addresses: v.array(Text),
  health: PeerHealth,
  healthSinceAt: InstantMs,
  path: PathView,
  handshakeAt: v.nullable(InstantMs),
  lastDataAt: v.nullable(InstantMs),
  rxBytes: Count,
  txBytes: Count,
  /** Handshakes completed since start: rekeys are counted, not told. */
  handshakes: Count,
  /** The newest last; at most 60. ms null: asked and not answered. */
  latency: v.array(v.object({ at: InstantMs, ms: v.nullable(v.number()) })),
});

export const HistoryView = v.object({
  id: Count,
  /** Wall time of the start, and its instant. */
  at: WallMs,
  startedAt: InstantMs,
  truth: TruthName,
  peer: v.nullable(Name),
  cause: MessageSchema,
  action: MessageSchema,
  /** Null while it lasts. */
  result: v.nullable(MessageSchema),
  durationMs: v.nullable(v.number()),
  /** Names of peers that could not be reached meanwhile. */
  unreachable: v.array(Name),
});

/** What only a sandbox offers: faults of the tunnels, of the network around, deeds of the server's administrator, and the click that approves a sign-in. */
export const BreakItId = v.picklist(['cut-cable', 'restart-peer', 'move-peer', 'suspend', 'block-udp', 'reboot-nat', 'stop-relay', 'stale-relay', 'rtm-miss-storm', 'route-wipe', 'interface-gone', 'add-peer', 'remove-peer', 'deny-peer', 'expire-key', 'stop-server', 'silent-control', 'approve-sign-in']);
export const SandboxView = v.object({
  faults: v.array(
    v.object({
      id: BreakItId,
      /** Set while the fault itself lasts. */
      activeUntilAt: v.nullable(InstantMs),
      /** The peer it was done to, if one. */
      peer: v.nullable(Name),
    }),
  ),
  /** Of the last storm of look-ups without a route: how many were told, and how often the engine looked at the network meanwhile.
   *  Null: there was none. */
  storm: v.nullable(v.object({ misses: Count, looks: Count })),
});

/** What each phase means: `AccountPhase` of node/types.ts. */
export const AccountPhase = v.picklist([
  'off',
  'waiting-for-network',
  'connecting',
  'registering',
  'sign-in',
  'fetching-map',
  'running',
  'backing-off',
  'key-changed',
  'refused',
  'signing-out',
  'signed-out',
]);
/** The account of a tailnet: field by field as `AccountView` of node/types.ts. */
export const AccountView = v.object({
  server: Text,
  phase: AccountPhase,
  phaseSinceAt: InstantMs,
  attempt: Count,
  lastError: v.nullable(MessageSchema),
  nextTryAt: v.nullable(InstantMs),
  signInUrl: v.nullable(Text),
  keyChange: v.nullable(v.object({ pinned: Text, offered: Text })),
  user: v.nullable(Text),
  tailnet: v.nullable(Text),
  name: Name,
  tags: v.array(Text),
  keyExpiresAt: v.nullable(WallMs),
});

export const SelfView = v.object({ name: Name, publicKey: Text, addresses: v.array(Text), port: v.nullable(Count) });
export const OverallView = v.object({ state: OverallState, sentence: MessageSchema, causes: v.array(CauseView), sinceAt: InstantMs });

/** `https://hs.example.org:8443`: no path. Read and checked by host/accounts/server-url.ts. */
const ServerUrl = v.pipe(v.string(), v.minLength(1), v.maxLength(300));
const AccountId = v.pipe(v.string(), v.minLength(1), v.maxLength(280));
/** What is kept of one server and one sign-in there. Live facts of the active one are `Snapshot.account`. */
export const AccountEntry = v.object({
  /** `hs.example.org`, `hs.example.org-2`. */
  id: AccountId,
  server: ServerUrl,
  /** Login name there; null: not known yet. */
  user: v.nullable(Text),
  /** Exactly one is, unless there is none. */
  active: v.boolean(),
  /** signed-out: asks for a sign-in. signing-in: it was begun and not finished. signed-in: registered when last heard of.
   *  locked: its keys are sealed on disk by what is not at hand; they are left as they are. */
  state: v.picklist(['signed-out', 'signing-in', 'signed-in', 'locked']),
  /** Why, where it is locked. */
  locked: v.optional(LockedWhy),
});

/** Why packets of programs do not reach the network: this process cannot make a network device. system, processor: there is no
 *  tunnel for them yet. rights: of this process. file: /dev/net/tun is not there, or closed to it. */
export const TunnelLack = v.picklist(['system', 'processor', 'rights', 'file']);

export const Snapshot = v.object({
  schema: v.literal(1),
  revision: Count,
  /** Engine time and wall time of the moment this was made. */
  now: InstantMs,
  wall: WallMs,
  version: Text,
  overall: OverallView,
  self: SelfView,
  /** Null: a network without a control server. */
  account: v.nullable(AccountView),
  truths: v.object({ control: TruthView, relay: TruthView, path: TruthView, os: TruthView }),
  /** Null: the operating system is not touched, or cannot be read back. */
  os: v.nullable(OsView),
  /** A peer older than this without data is not called proved (ms). */
  provedForMs: v.number(),
  peers: v.array(PeerView),
  /** Of the network's map, in its order; empty without one. */
  relays: v.array(RelayView),
  /** Null: nothing was measured yet, or there is nothing to measure by. */
  netcheck: v.nullable(NetcheckView),
  /** Oldest first, at most 500. */
  history: v.array(HistoryView),
  /** Empty where no server is used: a plain WireGuard tunnel. */
  accounts: v.array(AccountEntry),
  sandbox: v.nullable(SandboxView),
  /** Null: nothing but a command line surrounds the engine. */
  shell: v.nullable(ShellView),
  /** Absent: there is a device. The same as long as the engine runs, so no patch tells it. */
  tunnelLack: v.optional(TunnelLack),
});

/** What changed between two revisions. Absent: unchanged. Applied by `api/patch.ts`; a gap in revisions asks for a new snapshot. */
export const Patch = v.object({
  from: Count,
  revision: Count,
  now: InstantMs,
  wall: WallMs,
  overall: v.optional(OverallView),
  self: v.optional(SelfView),
  account: v.optional(v.nullable(AccountView)),
  truths: v.optional(Snapshot.entries.truths),
  os: v.optional(v.nullable(OsView)),
  peers: v.optional(v.object({ put: v.array(PeerView), removed: v.array(Count) })),
  relays: v.optional(v.array(RelayView)),
  netcheck: v.optional(v.nullable(NetcheckView)),
  /** Entries added or, by id, replaced. */
  history: v.optional(v.array(HistoryView)),
  accounts: v.optional(v.array(AccountEntry)),
  sandbox: v.optional(v.nullable(SandboxView)),
  shell: v.optional(v.nullable(ShellView)),
});

// ---- the CLI's JSON (stable)
const AgeSeconds = v.nullable(v.number());
export const PeerStatus = v.object({
  name: Name,
  addresses: v.array(Text),
  path: v.object({ kind: PathKind, via: v.nullable(Text), latencyMs: v.nullable(v.number()), why: Text }),
  handshakeAgeSeconds: AgeSeconds,
  lastDataAgeSeconds: AgeSeconds,
  rxBytes: Count,
  txBytes: Count,
});
const TruthStatus = v.object({ state: TruthState, ageSeconds: AgeSeconds, detail: Text });
const ProgramStatus = v.object({
  version: Text,
  uptimeSeconds: v.number(),
  /** Refused packets and datagrams by reason. */
  refusals: v.record(v.string(), Count),
  /** Wake-ups by thread and reason. */
  wakeups: v.record(v.string(), Count),
  teardowns: Count,
  memoryBytes: Count,
});
export const Status = v.object({
  state: OverallState,
  causes: v.array(Text),
  self: v.object({ name: Name, addresses: v.array(Text) }),
  truths: v.object({ control: TruthStatus, relay: TruthStatus, path: TruthStatus, os: TruthStatus }),
  peers: v.array(PeerStatus),
  /** Of the control server; null: a network without one. */
  account: v.nullable(
    v.object({
      server: Text,
      phase: AccountPhase,
      /** Seconds in this phase. */
      phaseSeconds: v.number(),
      lastError: v.nullable(Text),
      /** To be opened in a browser. */
      signInUrl: v.nullable(Text),
      user: v.nullable(Text),
      tailnet: v.nullable(Text),
      /** ISO 8601; null: never, or not known yet. */
      keyExpiresAt: v.nullable(Text),
    }),
  ),
  /** Only with `verbose`. */
  verbose: v.optional(ProgramStatus),
});
/** In ms: half were no later than `halfMs`, 99 of 100 no later than `mostMs`. */
const LoopDelays = v.object({ count: Count, halfMs: v.number(), mostMs: v.number(), worstMs: v.number(), late: Count });
/** What a report of diagnostics is made of. Not redacted: whoever shows it does that. */
export const Diagnostics = v.object({
  snapshot: Snapshot,
  program: v.object({
    ...ProgramStatus.entries,
    /** Operating system, processor and runtime. */
    system: Text,
    /** How late the event loop of this process was since its start, seen at deadlines of the engine and at the rounds of the feed
     *  for screens. In the tray app it serves the menu and the window too. `late`: later than `limitMs`. */
    loop: v.object({ limitMs: v.number(), deadlines: LoopDelays, rounds: LoopDelays }),
  }),
  /** All that Bowline wants on this computer's system, and what of it the last look found. Null: it is not read back. */
  kept: v.nullable(v.object({ device: Text, seenAt: InstantMs, items: v.array(v.object({ kind: OsView.entries.items.item.entries.kind, item: Text, there: v.boolean() })) })),
  /** Where packets of each device went, the newest change last; `id` as in the snapshot. */
  ways: v.array(v.object({ id: Count, changes: v.array(v.object({ at: InstantMs, direct: v.nullable(Text), relay: v.nullable(Text) })) })),
  /** Text of recorder/recording.ts. */
  recording: v.string(),
});
export const HistoryEntry = v.object({
  at: v.pipe(v.string(), v.isoTimestamp()),
  truth: TruthName,
  cause: Text,
  action: Text,
  result: v.nullable(Text),
  durationMs: v.nullable(v.number()),
  peer: v.nullable(Name),
  /** Names of peers that could not be reached meanwhile. */
  unreachable: v.array(Name),
});
/** Reconnects since `since` (ISO 8601; null: of all that is kept): how many, the longest, and how many still run. */
export const ReconnectSummary = v.object({ since: v.nullable(v.pipe(v.string(), v.isoTimestamp())), reconnects: Count, longestMs: v.nullable(v.number()), running: Count });
export const PingReply = v.object({ seq: Count, latencyMs: v.number(), path: v.object({ kind: PathKind, via: v.nullable(Text) }) });

/** A protocol that has ports, `icmp`, or the number of any. */
export const FlowProtocol = v.union([v.picklist(['tcp', 'udp', 'sctp', 'icmp']), v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))]);
export const WhyAnswer = v.object({
  peer: Name,
  /** Why its packets take the way they take. */
  path: Text,
  /** What stands behind that sentence. `sinceSeconds`: how long they go this way; `nextTrySeconds`: until a direct way is tried
   *  next, null: with the next packet, or not needed. */
  evidence: v.object({
    kind: PathKind,
    via: v.nullable(Text),
    latencyMs: v.nullable(v.number()),
    sinceSeconds: AgeSeconds,
    nextTrySeconds: v.nullable(v.number()),
    candidates: v.array(
      v.object({
        endpoint: Text,
        source: CandidateView.entries.source,
        sent: Count,
        answered: Count,
        latencyMs: v.nullable(v.number()),
        lastAnswerAgeSeconds: AgeSeconds,
        /** Left out for so long still; null: not left out. */
        leftOutSeconds: v.nullable(v.number()),
      }),
    ),
  }),
  /** Null where no port was asked for. `in`: from the peer to this computer; `out`: from here to the peer. */
  filter: v.nullable(
    v.object({
      protocol: FlowProtocol,
      port: Count,
      in: v.object({ allowed: v.boolean(), rule: v.nullable(Text), sentence: Text }),
      out: v.object({ sentence: Text }),
    }),
  ),
});

/** `relays`: by latency, what did not answer last; `homeRelay` and `region`: codes of the network's map. */
export const Netcheck = v.object({
  udp: v.nullable(v.boolean()),
  ipv4: v.nullable(v.boolean()),
  ipv6: v.nullable(v.boolean()),
  mappingVariesByDestination: v.nullable(v.boolean()),
  globalV4: v.nullable(Text),
  globalV6: v.nullable(Text),
  homeRelay: v.nullable(Text),
  relays: v.array(v.object({ region: Text, latencyMs: v.nullable(v.number()) })),
  /** What the router gives: protocol and endpoint (`PCP: 203.0.113.5:41641`), or why nothing. */
  portMapping: v.nullable(Text),
});

/** An error that a person can act on: what went wrong, where, and what to do. */
/** `said`: the message as a text of the catalogue and what fills it, for a face of another language; see answers.ts. */
export const ApiError = v.object({
  code: v.pipe(v.string(), v.maxLength(60)),
  message: Text,
  said: v.optional(v.object({ key: v.pipe(v.string(), v.maxLength(80)), values: v.record(v.pipe(v.string(), v.maxLength(40)), v.union([Text, v.number()])) })),
});

const none = v.strictObject({});
export const api = {
  version: 1,
  commands: {
    snapshot: { params: none, result: Snapshot },
    status: { params: v.strictObject({ verbose: v.optional(v.boolean()) }), result: Status },
    peers: { params: none, result: v.object({ peers: v.array(PeerStatus) }) },
    /** Entries that began at `sinceMs` or later; without it all, and the summary is of the time since a person last looked.
     *  `look`: a person looks now. */
    history: {
      params: v.strictObject({ sinceMs: v.optional(WallMs), look: v.optional(v.boolean()) }),
      result: v.object({ entries: v.array(HistoryEntry), summary: ReconnectSummary }),
    },
    /** One echo inside the tunnel; the caller repeats. `peer`: a name, an overlay address, or a public key. */
    ping: {
      params: v.strictObject({ peer: Name, seq: Count }),
      result: v.object({ peer: Name, reply: v.nullable(PingReply) }),
    },
    /** Proves the path of one peer, or of all, now: probe and handshake. */
    check: { params: v.strictObject({ peer: v.nullable(Name) }), result: v.object({ asked: Count }) },
    /** Why a peer's path is what it is; with a port, what the packet filter does with a new flow, both ways. */
    why: {
      params: v.strictObject({ peer: Name, port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))), protocol: v.optional(FlowProtocol) }),
      result: WhyAnswer,
    },
    /** Looks for a direct way now, also at addresses that are left out: to one peer, or to all that are relayed. Answers at once;
     *  what comes of it is in the snapshot. */
    tryDirect: { params: v.strictObject({ peer: v.nullable(Name) }), result: v.object({ asked: Count }) },
    /** Measures the network around this computer, and answers when that is done. */
    netcheck: { params: none, result: Netcheck },
    breakIt: { params: v.strictObject({ fault: BreakItId }), result: v.object({ done: v.boolean(), peer: v.nullable(Name) }) },
    /** Begins to sign in, and answers at once: how it goes is in the snapshot. `server`: one of an account makes that one active,
     *  another one becomes a new account; absent: that of the active account. `another`: a new account also where one is. `authKey`: a pre-auth key, used once and never kept. */
    login: {
      params: v.strictObject({ server: v.optional(ServerUrl), another: v.optional(v.boolean()), authKey: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(500))) }),
      result: v.object({ account: AccountId }),
    },
    /** Ends the registration at the server, as far as it can be reached, and erases the keys. Absent: the active account. */
    logout: { params: v.strictObject({ account: v.optional(AccountId) }), result: v.object({ account: AccountId }) },
    accounts: { params: none, result: v.object({ accounts: v.array(AccountEntry) }) },
    /** The others stay as they are. */
    switchAccount: { params: v.strictObject({ account: AccountId }), result: v.object({ account: AccountId }) },
    /** Erases its keys and forgets it. An active one is signed out first. */
    removeAccount: { params: v.strictObject({ account: AccountId }), result: v.object({ account: AccountId }) },
    /** The answer to "the server's key has changed": true pins the new one, false stays disconnected. */
    acceptServerKey: { params: v.strictObject({ accept: v.boolean() }), result: v.object({ accepted: v.boolean() }) },
    /** Keeps what is named, leaves the rest. An error of code `cannot` names what this computer does not offer. */
    changeSettings: { params: v.strictObject({ change: v.partial(v.strictObject(Settings.entries)) }), result: v.object({ settings: Settings }) },
    /** The report of diagnostics, as it would be copied: `text` for a person, and what else a saved one holds. Nothing is sent. */
    report: {
      params: v.strictObject({ names: Settings.entries.report }),
      result: v.object({ text: v.pipe(v.string(), v.maxLength(2_000_000)), recording: v.string(), fileName: v.pipe(v.string(), v.maxLength(100)) }),
    },
    /** Puts the report where a person finds it. tray: the clipboard, or a file that they choose (`where` names it). headless: `not-here`, and the page does it itself. */
    keepReport: {
      params: v.strictObject({ names: Settings.entries.report, to: v.picklist(['clipboard', 'file']) }),
      result: v.object({ kept: v.picklist(['clipboard', 'file', 'cancelled', 'not-here']), where: v.nullable(Text), bytes: Count }),
    },
    /** Text for the clipboard, where the page itself may not use it. `copied` false: the page does it itself. */
    copyText: { params: v.strictObject({ text: v.pipe(v.string(), v.maxLength(10_000)) }), result: v.object({ copied: v.boolean() }) },
    /** Opens a link of the table in the system's browser. `url`: where the page must do that itself, else null. */
    openLink: { params: v.strictObject({ link: LinkId }), result: v.object({ url: v.nullable(Text) }) },
    /** The next step of an update; how it goes is in the snapshot. */
    update: { params: v.strictObject({ step: v.picklist(['check', 'download', 'install']) }), result: v.object({ begun: v.boolean() }) },
    /** Puts away what a link asked for. */
    dropInvitation: { params: none, result: v.object({ dropped: v.boolean() }) },
    /** A fresh one-time address of the local page. Only over the local socket. */
    ui: { params: none, result: v.object({ url: Text }) },
    /** What happened and how it is, for a report that a person sends. */
    diagnostics: { params: none, result: Diagnostics },
    shutdown: { params: none, result: v.object({ stopping: v.boolean() }) },
  },
  events: { patch: Patch },
} as const;

export type CommandName = keyof typeof api.commands;
export type CommandParams<N extends CommandName> = v.InferOutput<(typeof api.commands)[N]['params']>;
export type CommandResult<N extends CommandName> = v.InferOutput<(typeof api.commands)[N]['result']>;
export type ApiError = v.InferOutput<typeof ApiError>;
/** Commands that a page or a renderer may send; the others are for the local socket only. */
export const PAGE_COMMANDS = ['snapshot', 'ping', 'check', 'why', 'tryDirect', 'netcheck', 'breakIt', 'login', 'logout', 'accounts', 'switchAccount', 'removeAccount', 'acceptServerKey', 'changeSettings', 'report', 'keepReport', 'copyText', 'openLink', 'update', 'dropInvitation'] as const satisfies readonly CommandName[];
export type PageCommand = (typeof PAGE_COMMANDS)[number];

export type Snapshot = v.InferOutput<typeof Snapshot>;
export type Patch = v.InferOutput<typeof Patch>;
export type PeerView = v.InferOutput<typeof PeerView>;
export type HistoryView = v.InferOutput<typeof HistoryView>;
export type CauseView = v.InferOutput<typeof CauseView>;
export type AccountView = v.InferOutput<typeof AccountView>;
export type AccountPhase = v.InferOutput<typeof AccountPhase>;
export type OsView = v.InferOutput<typeof OsView>;
export type TruthView = v.InferOutput<typeof TruthView>;
export type TruthName = v.InferOutput<typeof TruthName>;
export type TruthState = v.InferOutput<typeof TruthState>;
export type OverallState = v.InferOutput<typeof OverallState>;
export type PeerHealth = v.InferOutput<typeof PeerHealth>;
export type AccountEntry = v.InferOutput<typeof AccountEntry>;
export type SandboxView = v.InferOutput<typeof SandboxView>;
export type TunnelLack = v.InferOutput<typeof TunnelLack>;
export type BreakItId = v.InferOutput<typeof BreakItId>;
export type Status = v.InferOutput<typeof Status>;
export type PeerStatus = v.InferOutput<typeof PeerStatus>;
export type HistoryEntry = v.InferOutput<typeof HistoryEntry>;
export type ReconnectSummary = v.InferOutput<typeof ReconnectSummary>;
export type FlowProtocol = v.InferOutput<typeof FlowProtocol>;
export type CandidateView = v.InferOutput<typeof CandidateView>;
export type PathView = v.InferOutput<typeof PathView>;
export type RelayView = v.InferOutput<typeof RelayView>;
export type NetcheckView = v.InferOutput<typeof NetcheckView>;
export type Netcheck = v.InferOutput<typeof Netcheck>;
export type WhyAnswer = v.InferOutput<typeof WhyAnswer>;
export type Diagnostics = v.InferOutput<typeof Diagnostics>;
export type PingReply = v.InferOutput<typeof PingReply>;

/** Frames of the local page's WebSocket and of the CLI's socket: one JSON object each (the socket ends each with a newline). */
export const RequestFrame = v.strictObject({ id: Count, command: v.picklist(Object.keys(api.commands) as CommandName[]), params: v.unknown() });
export const ReplyFrame = v.union([
  v.strictObject({ id: Count, ok: v.literal(true), result: v.unknown() }),
  v.strictObject({ id: Count, ok: v.literal(false), error: ApiError }),
]);
export const EventFrame = v.strictObject({ event: v.literal('patch'), data: Patch });
export type RequestFrame = v.InferOutput<typeof RequestFrame>;
export type ReplyFrame = v.InferOutput<typeof ReplyFrame>;
export type EventFrame = v.InferOutput<typeof EventFrame>;

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError };

/** Validates foreign input against one of the schemas above; the error names the field. */
export function check<S extends v.GenericSchema>(schema: S, input: unknown, what: string): Checked<v.InferOutput<S>> {
  const result = v.safeParse(schema, input);
  if (result.success) return { ok: true, value: result.output };
  const issue = result.issues[0];
  const field = v.getDotPath(issue) ?? 'the value itself';
  return { ok: false, error: { code: 'invalid', message: `${what}: ${field}: ${issue.message}` } };
}
