/**
 * Where an update stands, as a pure machine: which step fits which state, what it asks for, and what came of it. Nothing is
 * downloaded and nothing installed but by a person's step. It knows no network, no file and no Electron. Caller: updater.ts.
 */
import type { UpdateView } from '../../api/schema.ts';
import type { Manifest } from './manifest.ts';

export type UpdateStep = 'check' | 'download' | 'install';
export type FailedCause = Extract<UpdateView, { kind: 'failed' }>['cause'];
export type OffWhy = Extract<UpdateView, { kind: 'off' }>['why'];
export interface Failure {
  readonly cause: FailedCause;
  /** Of the system or the server: a code, a status. Null: the cause says all. */
  readonly detail: string | null;
}

export type UpdateState =
  | { readonly kind: 'off'; readonly why: OffWhy }
  /** `waiting`: a version that is handed out step by step, and not here yet. */
  | { readonly kind: 'none'; readonly checkedAt: number | null; readonly waiting: string | null }
  | { readonly kind: 'checking'; readonly by: 'person' | 'itself'; readonly before: UpdateState }
  | { readonly kind: 'available'; readonly manifest: Manifest }
  | { readonly kind: 'downloading'; readonly manifest: Manifest; readonly bytes: number }
  /** The whole file is here. `leadsTo`: what a good hash leads to. */
  | { readonly kind: 'verifying'; readonly manifest: Manifest; readonly path: string; readonly leadsTo: 'ready' | 'install' }
  | { readonly kind: 'ready'; readonly manifest: Manifest; readonly path: string }
  | { readonly kind: 'installing'; readonly manifest: Manifest }
  | { readonly kind: 'failed'; readonly version: string | null; readonly failure: Failure; readonly at: number; readonly retry: { readonly step: UpdateStep; readonly from: UpdateState } };

export type UpdateInput =
  | { readonly kind: 'step'; readonly step: UpdateStep; readonly by: 'person' | 'itself' }
  | { readonly kind: 'found'; readonly manifest: Manifest; readonly offered: boolean }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'progress'; readonly bytes: number }
  | { readonly kind: 'downloaded'; readonly path: string }
  | { readonly kind: 'hashed' }
  | { readonly kind: 'failed'; readonly version: string | null; readonly failure: Failure };

export type UpdateEffect =
  | { readonly kind: 'look' }
  | { readonly kind: 'download'; readonly manifest: Manifest }
  | { readonly kind: 'hash'; readonly manifest: Manifest; readonly path: string }
  | { readonly kind: 'install'; readonly manifest: Manifest; readonly path: string }
  /** The engine was ended for an installation that did not begin. */
  | { readonly kind: 'restore' };

export interface Next {
  readonly state: UpdateState;
  readonly effect: UpdateEffect | null;
}

/** Null: the input does not fit, and nothing happens. `now`: wall time. */
export function afterInput(state: UpdateState, input: UpdateInput, now: number): Next | null {
  switch (input.kind) {
    case 'step':
      return afterStep(state, input.step, input.by);
    case 'found':
      if (state.kind !== 'checking') return null;
      return go(input.offered || state.by === 'person' ? { kind: 'available', manifest: input.manifest } : { kind: 'none', checkedAt: now, waiting: input.manifest.version });
    case 'nothing':
      return state.kind === 'checking' ? go({ kind: 'none', checkedAt: now, waiting: null }) : null;
    case 'progress':
      return state.kind === 'downloading' ? go({ ...state, bytes: Math.min(input.bytes, state.manifest.size) }) : null;
    case 'downloaded': {
      if (state.kind !== 'downloading') return null;
      const { manifest } = state;
      return go({ kind: 'verifying', manifest, path: input.path, leadsTo: 'ready' }, { kind: 'hash', manifest, path: input.path });
    }
    case 'hashed': {
      if (state.kind !== 'verifying') return null;
      const { manifest, path } = state;
      return state.leadsTo === 'ready' ? go({ kind: 'ready', manifest, path }) : go({ kind: 'installing', manifest }, { kind: 'install', manifest, path });
    }
    case 'failed':
      return afterFailure(state, input.version, input.failure, now);
  }
}

function afterStep(state: UpdateState, step: UpdateStep, by: 'person' | 'itself'): Next | null {
  switch (step) {
    case 'check':
      return state.kind === 'none' || state.kind === 'available' || state.kind === 'failed' ? go({ kind: 'checking', by, before: state }, { kind: 'look' }) : null;
    case 'download': {
      const from = state.kind === 'failed' && state.retry.step === 'download' ? state.retry.from : state;
      return from.kind === 'available' && by === 'person' ? go({ kind: 'downloading', manifest: from.manifest, bytes: 0 }, { kind: 'download', manifest: from.manifest }) : null;
    }
    case 'install': {
      const from = state.kind === 'failed' && state.retry.step === 'install' ? state.retry.from : state;
      if (from.kind !== 'ready' || by !== 'person') return null;
      const { manifest, path } = from;
      // What was right when it came may have been changed since.
      return go({ kind: 'verifying', manifest, path, leadsTo: 'install' }, { kind: 'hash', manifest, path });
    }
  }
}

function afterFailure(state: UpdateState, version: string | null, failure: Failure, now: number): Next | null {
  const failed = (of: string | null, step: UpdateStep, from: UpdateState): UpdateState => ({ kind: 'failed', version: of, failure, at: now, retry: { step, from } });
  const none: UpdateState = { kind: 'none', checkedAt: null, waiting: null };
  switch (state.kind) {
    case 'checking':
      // A look that nobody asked for and that found no server says nothing about updates: what was known stands.
      return state.by === 'itself' && failure.cause === 'unreachable' ? go(state.before) : go(failed(version, 'check', none));
    case 'downloading':
      return go(failed(state.manifest.version, 'download', { kind: 'available', manifest: state.manifest }));
    case 'verifying':
      // The file is not what was signed: it is of no more use.
      return go(failed(state.manifest.version, 'download', { kind: 'available', manifest: state.manifest }));
    case 'installing':
      return go(failed(state.manifest.version, 'check', none), { kind: 'restore' });
    case 'none':
      // Told at the start: an installation of the run before did not come about.
      return go(failed(version, 'check', none));
    case 'off':
    case 'available':
    case 'ready':
    case 'failed':
      return null;
  }
}

const go = (state: UpdateState, effect: UpdateEffect | null = null): Next => ({ state, effect });

/** As the page shows it. */
export function viewOf(state: UpdateState): UpdateView {
  switch (state.kind) {
    case 'off':
    case 'none':
      return state;
    case 'checking':
      return { kind: 'checking' };
    case 'available':
      return { kind: 'available', version: state.manifest.version, notes: state.manifest.notes, bytes: state.manifest.size };
    case 'downloading':
      return { kind: 'downloading', version: state.manifest.version, percent: Math.floor((100 * state.bytes) / state.manifest.size) };
    case 'verifying':
    case 'installing':
      return { kind: state.kind, version: state.manifest.version };
    case 'ready':
      return { kind: 'ready', version: state.manifest.version, notes: state.manifest.notes };
    case 'failed':
      return { kind: 'failed', version: state.version, cause: state.failure.cause, detail: state.failure.detail, retry: state.retry.step, checkedAt: state.at };
  }
}
