/** The system's name of an error (EADDRINUSE), or UNKNOWN when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
}

/** The same for a person, to whom UNKNOWN says nothing; null: it has none. Codes only: messages hold addresses and paths. */
export function knownCode(error: unknown): string | null {
  const code = errorCode(error);
  return code === 'UNKNOWN' ? null : code;
}
