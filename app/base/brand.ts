/**
 * Nominal types over plain values, so that a peer id is never passed where an endpoint id belongs.
 * Types only: a brand costs nothing at run time. Anyone may use it.
 */
declare const brand: unique symbol;

export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Small integer that names a peer inside one node. Dense from 0, reused after removal. Never an address. */
export type PeerId = Brand<number, 'PeerId'>;

/** Slot of an {@link EndpointTable}: an underlay address and port, or a relay region. -1 means "none". */
export type EndpointId = Brand<number, 'EndpointId'>;

export const NO_ENDPOINT = -1 as EndpointId;
