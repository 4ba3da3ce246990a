/**
 * Whom this build believes about updates, and where it looks. Both are empty until a publisher fills them in: `node
 * dist/build/sign-update.js make-key` prints what goes here. Without two keys and a place no update is ever looked for, and
 * the page says so.
 */

/** Ed25519, base64: the key that signs now, and the one that will after it, so that a lost key can be replaced by an update. */
export const UPDATE_KEYS: readonly string[] = [];

/** https, ends with a slash. */
export const UPDATE_FEED: string | undefined = undefined;
