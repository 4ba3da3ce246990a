/** Where a server is to be reached. A type; everything of host/reach and its users may use it. */
export interface Place {
  /** TLS. */
  readonly secure: boolean;
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
}
