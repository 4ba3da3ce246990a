/** Wie die Schlüssel der Konten auf der Platte liegen, und was zu tun ist, wenn sie sich nicht öffnen. */
export const keys = {
  'keys.title': 'Schlüssel auf der Platte',
  'keys.sealed': 'Versiegelt {by, select, keychain {vom macOS-Schlüsselbund} dpapi {von Windows, für dieses Benutzerkonto} libsecret {vom Schlüsselbund dieses Desktops} kwallet {von KWallet} other {vom System}}. Eine kopierte Datei nützt anderswo nichts.',
  'keys.open.no-vault': 'In Dateien, die nur dieses Benutzerkonto lesen kann. Dieses Bowline läuft ohne Desktop; darum gibt es keinen Schlüsselbund zum Versiegeln.',
  'keys.open.basic-text': 'In Dateien, die nur dieses Benutzerkonto lesen kann: Dieser Desktop hat keinen Schlüsselbund. GNOME Keyring oder KWallet einrichten, dann Bowline neu starten: Es versiegelt sie von selbst.',
  'keys.open.unavailable': 'In Dateien, die nur dieses Benutzerkonto lesen kann: Der Schlüsselbund des Systems ist nicht verfügbar. Entsperren, dann Bowline neu starten.',
  'keys.open.denied': 'In Dateien, die nur dieses Benutzerkonto lesen kann: Der Schlüsselbund des Systems hat abgelehnt. Bowline dort erlauben, dann neu starten.',
  'keys.open.late': 'Der Schlüsselbund des Systems hat noch nicht geantwortet. Bowline übernimmt die Schlüssel, sobald er das tut. Vielleicht wartet eine Frage des Systems.',
  'keys.open.not-kept': 'In Dateien, die nur dieses Benutzerkonto lesen kann: Versiegelte Schlüssel ließen sich nicht schreiben. Platz schaffen, dann Bowline neu starten.',
  'keys.locked.sign-in': 'Neu anmelden',
  'keys.locked.sign-in-to': 'Neu anmelden bei {server}',
  'keys.locked.short': 'Die Schlüssel dieses Kontos öffnen sich nicht',
  'keys.locked.head': 'Die Schlüssel von {account} öffnen sich nicht',
  'keys.locked.rest': `{why, select,
    no_vault {Sie sind für die App in der Menüleiste versiegelt, und dieses Bowline hat keinen Schlüsselbund. Die App starten, oder neu anmelden.}
    basic_text {Sie sind versiegelt, und dieser Desktop hat jetzt keinen Schlüsselbund. Am Desktop anmelden, der einen hatte, oder bei Bowline neu anmelden.}
    unavailable {Sie sind versiegelt, und der Schlüsselbund des Systems ist nicht verfügbar. Entsperren und Bowline neu starten, oder neu anmelden.}
    denied {Der Schlüsselbund des Systems hat abgelehnt. Bowline dort erlauben und neu starten, oder neu anmelden.}
    late {Der Schlüsselbund des Systems hat noch nicht geantwortet. Vielleicht wartet eine Frage des Systems.}
    not_kept {Ein anderer Schlüsselbund hat sie versiegelt. Neu anmelden.}
    other_key {Ein anderer Schlüsselbund hat sie versiegelt. Neu anmelden.}
    other {Ihre Datei wurde nach dem Versiegeln verändert. Neu anmelden.}}`,
  'keys.locked.no-vault': 'Die Schlüssel von {account} sind für die App in der Menüleiste versiegelt. Dieses Bowline hat keinen Schlüsselbund, der sie öffnet. Die App starten, oder bei {server} neu anmelden: Das legt ein neues Konto daneben an.',
  'keys.locked.basic-text': 'Die Schlüssel von {account} sind versiegelt, und dieser Desktop hat jetzt keinen Schlüsselbund. Am Desktop anmelden, der einen hatte, oder bei {server} neu anmelden: Das legt ein neues Konto daneben an.',
  'keys.locked.unavailable': 'Die Schlüssel von {account} sind versiegelt, und der Schlüsselbund des Systems ist nicht verfügbar. Entsperren und Bowline neu starten, oder bei {server} neu anmelden: Das legt ein neues Konto daneben an.',
  'keys.locked.denied': 'Die Schlüssel von {account} sind versiegelt, und der Schlüsselbund des Systems öffnet sie nicht. Bowline dort erlauben und neu starten, oder bei {server} neu anmelden: Das legt ein neues Konto daneben an.',
  'keys.locked.late': 'Die Schlüssel von {account} sind versiegelt, und der Schlüsselbund des Systems hat noch nicht geantwortet. Vielleicht wartet eine Frage des Systems. Nach der Antwort geht es mit dem Konto weiter.',
  'keys.locked.not-kept': 'Die Schlüssel von {account} hat ein Schlüsselbund versiegelt, der nicht dieser ist. Bei {server} neu anmelden: Das legt ein neues Konto daneben an.',
  'keys.locked.other-key': 'Die Schlüssel von {account} hat ein anderer Schlüsselbund versiegelt: ein anderes Benutzerkonto, ein anderer Rechner, oder er wurde zurückgesetzt. Bei {server} neu anmelden: Das legt ein neues Konto daneben an.',
  'keys.locked.broken': 'Die Schlüssel von {account} öffnen sich nicht: Ihre Datei wurde nach dem Versiegeln verändert. Bei {server} neu anmelden: Das legt ein neues Konto daneben an.',
} as const;
