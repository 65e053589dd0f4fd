/** YAML and JSON text: its value, and the line of each place in it. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type YAMLError,
} from 'yaml';
import { pathOf } from './pointers.ts';
import type { Remark } from './remarks.ts';

/** A text that could be read. */
export interface Source {
  readonly value: unknown;
  /** The line of the place, or of the nearest place around it that there is. */
  readonly lineOf: (pointer: string) => number;
}

/**
 * Reads YAML 1.2, of which JSON is a part. Wrong syntax, keys that occur twice, tags of other languages and aliases that
 * unfold to more than a hundred times what is written are errors.
 */
export function readSource(text: string): Source | { readonly errors: readonly Remark[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    // Whatever the file says of itself: no dates, no sets, no keys that are not texts.
    schema: 'core',
    resolveKnownTags: false,
    stringKeys: true,
  });
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0) return { errors: wrong.map(remarkOf) };
  const lineAt = (offset: number): number => lines.linePos(offset).line || 1;
  try {
    const value: unknown = document.toJS();
    JSON.stringify(value);
    return { value, lineOf: (pointer) => lineAt(offsetOf(document, pathOf(pointer))) };
  } catch (error) {
    return { errors: [aliasRemark(document, error, lineAt)] };
  }
}

/** Aliases can refer to nothing, contain themselves, or unfold to too much. */
function aliasRemark(
  document: Document,
  error: unknown,
  lineAt: (offset: number) => number,
): Remark {
  const remarks: Remark[] = [];
  if (error instanceof TypeError) return { detail: 'an alias stands inside of what it refers to' };
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return undefined;
      const detail = `the alias *${alias.source} has no anchor &${alias.source} before it`;
      remarks.push({ line: lineAt(alias.range?.[0] ?? 0), detail });
      return visit.BREAK;
    },
  });
  return remarks[0] ?? { detail: (error as Error).message };
}

function remarkOf({ message, linePos }: YAMLError): Remark {
  // The message goes on with the place and a drawing of it; the line is told already.
  const detail = message.split(/ at line \d+|\n/)[0] ?? message;
  return { detail, ...(linePos ? { line: linePos[0].line } : {}) };
}

/** Where the place begins: a property at its name, an item at its first character. */
function offsetOf(document: Document, path: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      if (!pair) break;
      offset = startOf(pair.key) ?? offset;
      next = pair.value;
    } else if (isSeq(node)) {
      next = node.items[Number(part)];
      if (next === undefined) break;
      offset = startOf(next) ?? offset;
    } else break;
    node = next;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)
    ? node.range?.[0]
    : undefined;
}
