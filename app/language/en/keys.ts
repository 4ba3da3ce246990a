/** How the keys of accounts lie on disk, and what to do where they do not open. */
export const keys = {
  'keys.title': 'Keys on disk',
  'keys.sealed': 'Sealed by {by, select, keychain {the macOS keychain} dpapi {Windows, for this user} libsecret {the key ring of this desktop} kwallet {KWallet} other {the system}}. A copied file is of no use elsewhere.',
  'keys.open.no-vault': 'In files that only this user can read. This Bowline runs without a desktop, so there is no key store to seal them with.',
  'keys.open.basic-text': 'In files that only this user can read: this desktop has no key store. Set up GNOME Keyring or KWallet, then start Bowline again: it seals them by itself.',
  'keys.open.unavailable': 'In files that only this user can read: the system’s key store is not available. Unlock it, then start Bowline again.',
  'keys.open.denied': 'In files that only this user can read: the system’s key store refused. Allow Bowline there, then start it again.',
  'keys.open.late': 'The system’s key store has not answered yet. Bowline takes the keys when it does. Look for a question of the system.',
  'keys.open.not-kept': 'In files that only this user can read: sealed keys could not be written. Free some space, then start Bowline again.',
  'keys.locked.sign-in': 'Sign in again',
  'keys.locked.sign-in-to': 'Sign in again to {server}',
  'keys.locked.short': 'The keys of this account do not open',
  'keys.locked.head': 'The keys of {account} do not open',
  'keys.locked.rest': `{why, select,
    no_vault {They are sealed for the tray app, and this Bowline has no key store. Start the tray app, or sign in again.}
    basic_text {They are sealed, and this desktop has no key store now. Log in to the one that had, or sign in again.}
    unavailable {They are sealed, and the system’s key store is not available. Unlock it and start Bowline again, or sign in again.}
    denied {The system’s key store refused. Allow Bowline there and start it again, or sign in again.}
    late {The system’s key store has not answered yet. Look for a question of the system.}
    not_kept {Another key store sealed them. Sign in again.}
    other_key {Another key store sealed them. Sign in again.}
    other {Their file was changed since it was sealed. Sign in again.}}`,
  'keys.locked.no-vault': 'The keys of {account} are sealed for the tray app. This Bowline has no key store to open them. Start the tray app, or sign in to {server} again: that makes a new account beside this one.',
  'keys.locked.basic-text': 'The keys of {account} are sealed, and this desktop has no key store now. Log in to the desktop that had one, or sign in to {server} again: that makes a new account beside this one.',
  'keys.locked.unavailable': 'The keys of {account} are sealed, and the system’s key store is not available. Unlock it and start Bowline again, or sign in to {server} again: that makes a new account beside this one.',
  'keys.locked.denied': 'The keys of {account} are sealed, and the system’s key store refused to open them. Allow Bowline there and start it again, or sign in to {server} again: that makes a new account beside this one.',
  'keys.locked.late': 'The keys of {account} are sealed, and the system’s key store has not answered yet. Look for a question of the system. The account goes on when it is answered.',
  'keys.locked.not-kept': 'The keys of {account} are sealed by a key store that is not this one. Sign in to {server} again: that makes a new account beside this one.',
  'keys.locked.other-key': 'The keys of {account} are sealed by another key store than this one: another user, another computer, or one that was reset. Sign in to {server} again: that makes a new account beside this one.',
  'keys.locked.broken': 'The keys of {account} do not open: their file was changed since it was sealed. Sign in to {server} again: that makes a new account beside this one.',
} as const;
