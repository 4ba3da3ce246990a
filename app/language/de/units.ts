/** Alter, Dauer, Größen und Tage. Die Leerzeichen innerhalb eines Wertes brechen nie um. */
export const units = {
  'unit.decimal-point': ',',
  'unit.below': '<{least}',
  'unit.milliseconds': '{n}\u00a0ms',
  'unit.seconds': '{n}\u00a0s',
  'unit.minutes': '{minutes}\u00a0min\u00a0{seconds}\u00a0s',
  'unit.hours': '{hours}\u00a0h\u00a0{minutes}\u00a0min',
  'unit.days': '{n}\u00a0d',
  'unit.bytes': '{n}\u00a0{size}',
  'unit.date': `{date}. {month, select,
    m1 {Januar} m2 {Februar} m3 {März} m4 {April} m5 {Mai} m6 {Juni} m7 {Juli} m8 {August} m9 {September} m10 {Oktober} m11 {November} m12 {Dezember} other {}} {year}`,
} as const;
