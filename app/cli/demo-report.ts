/** The report of `demo --json`: what the engine says, what the echo account says, and whether both are well. Pure. */
import type { CommandResult, Status } from '../api/schema.ts';

export interface DemoReport {
  readonly ok: boolean;
  /** Why it is not ok, in words. */
  readonly problems: readonly string[];
  readonly url: string;
  readonly status: Status;
  readonly history: CommandResult<'history'>;
  readonly echo: { readonly sent: number; readonly received: number };
}

export interface Reported {
  readonly engine: { status(verbose: boolean): Status; history(): CommandResult<'history'> };
  readonly peers: readonly string[];
}

/** ok: every peer has data both ways, a handshake age, and echoed; no echo is missing. */
export function reportOf(from: Reported, url: string, echo: { readonly sent: number; readonly received: number; readonly answered: readonly string[] }): DemoReport {
  const status = from.engine.status(false);
  const problems = from.peers.flatMap((name) => {
    const peer = status.peers.find((candidate) => candidate.name === name);
    if (peer === undefined) return [`${name} is not among the peers`];
    return [
      ...(peer.rxBytes > 0 ? [] : [`${name}: nothing received`]),
      ...(peer.txBytes > 0 ? [] : [`${name}: nothing sent`]),
      ...(peer.handshakeAgeSeconds === null ? [`${name}: no handshake`] : []),
      ...(echo.answered.includes(name) ? [] : [`${name}: no echo came back`]),
    ];
  });
  if (echo.sent === 0) problems.push('no echo was sent');
  if (echo.received < echo.sent) problems.push(`${echo.sent - echo.received} of ${echo.sent} echoes did not come back`);
  return {
    ok: problems.length === 0,
    problems,
    url,
    status,
    history: from.engine.history(),
    echo: { sent: echo.sent, received: echo.received },
  };
}
