/** The command line. */
export const cli = {
  'cli.why': 'Why',
  'cli.doing': 'Bowline',
  'cli.next': 'To do',
} as const;
