/** Every permission that Electron knows by name, for requests and for checks: one that a newer version adds does not compile. */
import type { session } from 'electron';

type Permission = Parameters<Parameters<typeof session.defaultSession.setPermissionRequestHandler>[0] & {}>[1] | Parameters<Parameters<typeof session.defaultSession.setPermissionCheckHandler>[0] & {}>[1];
export const PERMISSIONS = Object.keys({
  ar: 1, 'automatic-fullscreen': 1, 'background-fetch': 1, 'background-sync': 1, 'captured-surface-control': 1, 'clipboard-read': 1, 'clipboard-sanitized-write': 1, 'deprecated-sync-clipboard-read': 1, 'display-capture': 1, fileSystem: 1, fullscreen: 1, geolocation: 1, 'geolocation-approximate': 1, 'hand-tracking': 1, hid: 1, 'idle-detection': 1, keyboardLock: 1, 'local-fonts': 1, 'local-network': 1, 'local-network-access': 1, 'loopback-network': 1, media: 1, mediaKeySystem: 1, midi: 1, midiSysex: 1, nfc: 1, notifications: 1, openExternal: 1, 'payment-handler': 1, 'periodic-background-sync': 1, 'persistent-storage': 1, pointerLock: 1, 'screen-wake-lock': 1, sensors: 1, serial: 1, 'smart-card': 1, 'speaker-selection': 1, 'storage-access': 1, 'system-wake-lock': 1, 'top-level-storage-access': 1, unknown: 1, usb: 1, vr: 1, 'web-app-installation': 1, 'web-printing': 1, 'window-management': 1,
} satisfies Record<Permission, 1>);
