/** Ages, durations, sizes and dates. The spaces inside a value never break. */
export const units = {
  'unit.decimal-point': '.',
  'unit.below': '<{least}',
  'unit.milliseconds': '{n}\u00a0ms',
  'unit.seconds': '{n}\u00a0s',
  'unit.minutes': '{minutes}\u00a0m\u00a0{seconds}\u00a0s',
  'unit.hours': '{hours}\u00a0h\u00a0{minutes}\u00a0m',
  'unit.days': '{n}\u00a0d',
  'unit.bytes': '{n}\u00a0{size}',
  'unit.date': `{date} {month, select,
    m1 {January} m2 {February} m3 {March} m4 {April} m5 {May} m6 {June} m7 {July} m8 {August} m9 {September} m10 {October} m11 {November} m12 {December} other {}} {year}`,
} as const;
