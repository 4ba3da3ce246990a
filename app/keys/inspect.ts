/** The symbol by which Node's `util.inspect` (console.log) asks an object for its text. A global symbol: no import of node:util. */
export const inspectSymbol: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;
