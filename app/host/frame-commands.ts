/**
 * Answers request frames of `api/schema.ts`, for the local page and the local socket alike: checks the frame, checks that
 * this door offers the command, checks the parameters, asks the engine, and makes a reply frame. Foreign input never throws
 * here; a throw of our own is a logged bug and an error reply. It knows no transport.
 */
import { refusal } from '../api/answers.ts';
import { api, check, RequestFrame, type ApiError, type CommandName, type CommandParams, type CommandResult, type ReplyFrame } from '../api/schema.ts';
import type { Log } from '../ports/log.ts';
import { makeReport } from './report.ts';
import type { AccountsPort, EnginePort, SandboxPort, ShellPort } from './engine-port.ts';

/** What stands behind the commands. */
export interface CommandHost {
  readonly engine: EnginePort;
  /** Undefined: no server is used, such as with a configuration file. */
  readonly accounts?: AccountsPort | undefined;
  /** Undefined: a real network. */
  readonly sandbox: SandboxPort | undefined;
  /** Undefined: nothing but a command line surrounds the engine. */
  readonly shell?: ShellPort | undefined;
  /** A fresh one-time address of the local page; undefined when this host serves none. */
  readonly ui: () => string | undefined;
  /** Asks the host to end, soon after the reply. */
  readonly shutdown: () => void;
  readonly log: Log;
}

type Outcome<N extends CommandName> = { readonly ok: true; readonly value: CommandResult<N> } | { readonly ok: false; readonly error: ApiError };
type Handlers = { readonly [N in CommandName]: (params: CommandParams<N>) => Outcome<N> | Promise<Outcome<N>> };

const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

const NO_ACCOUNTS = refusal('no-accounts', 'answer.no-accounts');

const NO_SHELL = refusal('cannot', 'answer.no-shell');

function handlersOf(host: CommandHost): Handlers {
  const { engine, sandbox, accounts, shell } = host;
  /** The newest of this door, as its page shows it: what is kept is what was read. */
  let shown: { readonly names: CommandParams<'report'>['names']; readonly report: CommandResult<'report'> } | undefined;
  return {
    snapshot: () => ok(engine.snapshot()),
    status: ({ verbose }) => ok(engine.status(verbose ?? false)),
    peers: () => ok({ peers: engine.status(false).peers }),
    history: ({ sinceMs, look }) => ok(engine.history(sinceMs, look)),
    ping: ({ peer, seq }) => engine.ping(peer, seq),
    check: ({ peer }) => engine.check(peer),
    why: ({ peer, port, protocol }) => {
      if (port === undefined && protocol === undefined) return engine.why(peer, undefined);
      if (port === undefined && (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp')) return refusal('invalid', 'answer.needs-port', { protocol });
      return engine.why(peer, { protocol: protocol ?? 'tcp', port: port ?? 0 });
    },
    tryDirect: ({ peer }) => engine.tryDirect(peer),
    netcheck: () => engine.netcheck(),
    breakIt: async ({ fault }) =>
      sandbox === undefined ? refusal('no-sandbox', 'answer.no-sandbox') : ok(await sandbox.breakIt(fault)),
    login: ({ server, authKey, another }) => accounts?.login(server, authKey, another) ?? NO_ACCOUNTS,
    logout: ({ account }) => accounts?.logout(account) ?? NO_ACCOUNTS,
    accounts: () => ok({ accounts: accounts?.list() ?? [] }),
    switchAccount: ({ account }) => accounts?.switchTo(account) ?? NO_ACCOUNTS,
    removeAccount: ({ account }) => accounts?.remove(account) ?? NO_ACCOUNTS,
    acceptServerKey: ({ accept }) => accounts?.acceptServerKey(accept) ?? NO_ACCOUNTS,
    changeSettings: ({ change }) => shell?.changeSettings(change) ?? NO_SHELL,
    report: ({ names }) => {
      shown = { names, report: makeReport(engine.diagnostics(), names) };
      return ok(shown.report);
    },
    keepReport: (asked) => shell?.keepReport(asked, shown?.names === asked.names ? shown.report : undefined) ?? NO_SHELL,
    copyText: ({ text }) => shell?.copyText(text) ?? NO_SHELL,
    openLink: ({ link }) => shell?.openLink(link) ?? NO_SHELL,
    update: ({ step }) => shell?.update(step) ?? NO_SHELL,
    dropInvitation: () => shell?.dropInvitation() ?? NO_SHELL,
    ui: () => {
      const url = host.ui();
      return url === undefined ? refusal('no-page', 'answer.no-page') : ok({ url });
    },
    diagnostics: () => ok(engine.diagnostics()),
    shutdown: () => {
      host.shutdown();
      return ok({ stopping: true });
    },
  };
}

/** Answers one parsed frame. Never rejects. */
export type Answerer = (frame: unknown) => Promise<ReplyFrame>;

/** An answerer for a door that offers only `allowed`. */
export function createAnswerer(host: CommandHost, allowed: readonly CommandName[]): Answerer {
  const handlers = handlersOf(host);
  return async (input) => {
    const frame = check(RequestFrame, input, 'request');
    if (!frame.ok) return { id: idOf(input), ok: false, error: frame.error };
    const { id, command, params } = frame.value;
    if (!allowed.includes(command)) return { id, ...refusal('not-allowed', 'answer.not-for-pages', { command }) };
    const checked = check(api.commands[command].params, params, command);
    if (!checked.ok) return { id, ...checked };
    // The schema of this very command accepted the parameters; the compiler cannot follow that through the union.
    const handle = handlers[command] as (params: unknown) => Outcome<CommandName> | Promise<Outcome<CommandName>>;
    try {
      const outcome = await handle(checked.value);
      return outcome.ok ? { id, ok: true, result: outcome.value } : { id, ok: false, error: outcome.error };
    } catch (error) {
      host.log.write('error', 'commands', `${command} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return { id, ...refusal('internal', 'answer.internal', { command }) };
    }
  };
}

/** The id of a frame that is otherwise wrong, so that the sender can match the error; 0 when there is none. */
function idOf(input: unknown): number {
  const id = typeof input === 'object' && input !== null && 'id' in input ? input.id : 0;
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : 0;
}

/** Text to a value; undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
