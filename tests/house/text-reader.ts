/**
 * What a source file says to a person and which texts of the catalogue it asks for, read from its syntax tree: texts that
 * stand in the code itself, texts taken while a module is loaded, and every literal that may be the key of a text.
 */
import { parseSync, Visitor, type ESTree } from 'vite';

/** Attributes that a person reads or hears, of elements and of our own parts. */
const READ_ALOUD = new Set(['alt', 'aria-description', 'aria-label', 'aria-placeholder', 'aria-roledescription', 'aria-valuetext', 'label', 'placeholder', 'text', 'title', 'what', 'word']);
/** Give a text, so they are asked when something is drawn. */
const SPEAKING = /^(?:t|say[A-Z]?\w*|format(?:Age|Bytes|Duration|Latency)|(?:clock|short|date)(?:Time)|dayName)$/;
const SENTENCE = /^\p{Lu}\p{L}* \p{Ll}/u;
const WORD = /\p{L}{2}/u;

const isText = (node: unknown): node is ESTree.StringLiteral | ESTree.TemplateLiteral => {
  const { type, value } = node as { readonly type: string; readonly value?: unknown };
  return type === 'TemplateLiteral' || (type === 'Literal' && typeof value === 'string');
};
const textOf = (node: ESTree.StringLiteral | ESTree.TemplateLiteral): string => (node.type === 'TemplateLiteral' ? node.quasis.map(({ value }) => value.cooked ?? '').join('') : node.value);

/** The literals that an expression may come to be; arguments of calls are not among them. */
function outcomes(node: ESTree.Expression | ESTree.JSXEmptyExpression): readonly string[] {
  if (isText(node)) return [textOf(node)];
  if (node.type === 'ConditionalExpression') return [...outcomes(node.consequent), ...outcomes(node.alternate)];
  if (node.type === 'LogicalExpression') return [...outcomes(node.left), ...outcomes(node.right)];
  return [];
}

function visit(path: string, source: string, visitor: ConstructorParameters<typeof Visitor>[0]): void {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`);
  new Visitor(visitor).visit(program);
}

/** Texts for a person that stand in the code. */
export function textsInCode(path: string, source: string): string[] {
  const found: string[] = [];
  const thrown = new Set<number>();
  const keep = (text: string, when: RegExp): void => {
    if (when.test(text)) found.push(`${path}: ${text.trim()}`);
  };
  const keepAll = (children: readonly ESTree.JSXChild[]): void => {
    for (const child of children) {
      if (child.type === 'JSXText') keep(child.value, WORD);
      if (child.type === 'JSXExpressionContainer') for (const text of outcomes(child.expression)) keep(text, WORD);
    }
  };
  visit(path, source, {
    JSXElement({ openingElement: { name }, children }) {
      // A command to be typed is the same in every language.
      if (name.type !== 'JSXIdentifier' || name.name !== 'code') keepAll(children);
    },
    JSXFragment: ({ children }) => keepAll(children),
    JSXAttribute({ name, value }) {
      if (value === null || name.type !== 'JSXIdentifier' || !READ_ALOUD.has(name.name)) return;
      const said = value.type === 'JSXExpressionContainer' ? outcomes(value.expression) : isText(value) ? [textOf(value)] : [];
      for (const text of said) keep(text, WORD);
    },
    // What a bug of ours throws is for its finder.
    NewExpression: ({ callee, arguments: [first] }) => void (callee.type === 'Identifier' && callee.name === 'Error' && first !== undefined && thrown.add(first.start)),
    Literal(node) {
      if (isText(node) && !thrown.has(node.start)) keep(textOf(node), SENTENCE);
    },
  });
  return found;
}

/** Calls for a text while the module is loaded: they would stay in the language of that moment. */
export function textsAtLoad(path: string, source: string): string[] {
  const found: string[] = [];
  let depth = 0;
  const enter = (): void => void (depth += 1);
  const leave = (): void => void (depth -= 1);
  visit(path, source, {
    FunctionDeclaration: enter,
    'FunctionDeclaration:exit': leave,
    FunctionExpression: enter,
    'FunctionExpression:exit': leave,
    ArrowFunctionExpression: enter,
    'ArrowFunctionExpression:exit': leave,
    CallExpression({ callee }) {
      if (depth === 0 && callee.type === 'Identifier' && SPEAKING.test(callee.name)) found.push(`${path}: ${callee.name}(...)`);
    },
  });
  return found;
}

/** Strings, names of properties, and templates with a hole for each value. */
export interface Literals {
  readonly texts: Set<string>;
  readonly templates: Set<string>;
}
const HOLE = '\u0000';

/** By pattern and not by tree, as it reads all the code there is. */
export function literalsOf(source: string, { texts, templates }: Literals): void {
  for (const [, quoted, property] of source.matchAll(/'([\w.-]+)'|\b(\w+):/g)) texts.add((quoted ?? property)!);
  for (const [, template] of source.matchAll(/`([a-z][\w-]*\.(?:[^`$]|\$\{[^{}]*\})+)`/g)) templates.add(template!.replaceAll(/\$\{[^{}]*\}/g, HOLE));
}

/** Whether the code can ask for this key: it stands there whole, or as a template whose holes are filled by words of the code. */
export function isAskedFor(key: string, { texts, templates }: Literals): boolean {
  if (texts.has(key)) return true;
  for (const template of templates) {
    const filled = new RegExp(`^${template.split(HOLE).map((part) => part.replaceAll('.', String.raw`\.`)).join('(.+)')}$`).exec(key);
    if (filled !== null && filled.slice(1).every((word) => texts.has(word))) return true;
  }
  return false;
}
