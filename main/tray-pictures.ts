/**
 * Which picture of dist/icons/tray stands for a tray image: on macOS a template, which the system inks; elsewhere black or
 * white, by what the bar behind it is like. Pure. Callers: electron-tray.ts, and build/make-icons.ts, which draws them.
 */
import type { TrayIcon, TrayImage } from './tray-port.ts';

export const TRAY_ICONS = ['connected', 'idle', 'connecting', 'attention', 'offline', 'paused'] as const satisfies readonly TrayIcon[];
export type Ink = 'black' | 'white';

/** Sizes in pixels, with the empty margin around: bars of macOS and Linux give an icon more room than it should fill. */
export const TRAY_MARGINS: readonly (readonly [size: number, margin: number])[] = [
  [16, 0],
  [18, 1],
  [20, 0],
  [22, 2],
  [24, 2],
  [28, 0],
  [32, 0],
  [36, 2],
  [40, 0],
  [44, 4],
  [48, 4],
];

/** Pixels for each scale of the screen; the first is the size in points. */
const SIZES: Readonly<Record<'macos' | 'windows' | 'linux', readonly (readonly [scale: number, size: number])[]>> = {
  macos: [
    [1, 18],
    [2, 36],
  ],
  windows: [
    [1, 16],
    [1.25, 20],
    [1.75, 28],
    [2, 32],
    [2.5, 40],
  ],
  linux: [
    [1, 22],
    [2, 44],
  ],
};

export interface Bar {
  readonly system: 'macos' | 'windows' | 'linux';
  /** The system's own theme, which is that of the task bar of Windows and of most panels. */
  readonly dark: boolean;
  /** XDG_CURRENT_DESKTOP. */
  readonly desktop: string;
}

export function pictureName({ icon, dot }: TrayImage, size: number, ink: Ink): string {
  return `${icon}${dot ? '-dot' : ''}-${size}-${ink}.png`;
}

/** GNOME's bar is dark in either theme. */
export function inkFor({ system, dark, desktop }: Bar): Ink {
  switch (system) {
    case 'macos':
      return 'black';
    case 'windows':
      return dark ? 'white' : 'black';
    case 'linux':
      return dark || /(^|:)(gnome|ubuntu|unity|pop)(:|$)/i.test(desktop) ? 'white' : 'black';
  }
}

/** The files of one image, each with the scale of the screen that it is for. */
export function picturesFor(image: TrayImage, bar: Bar): readonly { readonly scale: number; readonly size: number; readonly file: string }[] {
  const ink = inkFor(bar);
  return SIZES[bar.system].map(([scale, size]) => ({ scale, size, file: pictureName(image, size, ink) }));
}
