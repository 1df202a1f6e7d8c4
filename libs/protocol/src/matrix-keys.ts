import { z } from 'zod';
import { matrixFileSchema } from './matrix-schema.js';

/** The JSON Schema of a matrix file, as `matrix.schema.json` holds it: for editors and for messages. */
export function matrixJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(matrixFileSchema, { io: 'input', target: 'draft-7' });
  return { ...schema, title: 'Octet matrix', description: 'Models x batches x shapes x variants x recipes x devices.' };
}

interface SchemaNode {
  const?: string | number | boolean;
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
  additionalProperties?: SchemaNode | boolean;
}

/** The keys that may stand in the mapping at `path`; of a union, those of all its alternatives. */
export function allowedKeys(path: readonly PropertyKey[]): string[] {
  return [...new Set(nodesAt(path).flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** The fixed values that tell a union's alternatives apart at `path` (`metric: cosine`). */
export function allowedConstants(path: readonly PropertyKey[]): string[] {
  return nodesAt(path).flatMap((node) => (node.const === undefined ? [] : [String(node.const)]));
}

function nodesAt(path: readonly PropertyKey[]): SchemaNode[] {
  let nodes: SchemaNode[] = [matrixJsonSchema() as SchemaNode];
  for (const key of path) nodes = nodes.flatMap(alternatives).flatMap((node) => step(node, key));
  return nodes.flatMap(alternatives);
}

function alternatives(node: SchemaNode): SchemaNode[] {
  const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  return inner.length === 0 ? [node] : inner.flatMap(alternatives);
}

function step(node: SchemaNode, key: PropertyKey): SchemaNode[] {
  if (typeof key === 'number') return node.items === undefined ? [] : [node.items];
  const found = node.properties?.[String(key)];
  if (found !== undefined) return [found];
  return typeof node.additionalProperties === 'object' ? [node.additionalProperties] : [];
}

/** The allowed word nearest to a mistyped one (Levenshtein distance at most a third of its length, and 3); null if none is near. */
export function closest(word: string, allowed: readonly string[]): string | null {
  const limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  let best: string | null = null;
  let least = limit + 1;
  for (const candidate of allowed) {
    if (candidate === word) continue;
    const prefix = word.length >= 4 && candidate.toLowerCase().startsWith(word.toLowerCase().slice(0, 4));
    const distance = prefix
      ? Math.min(1, editDistance(word, candidate))
      : editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substituted = (before[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substituted, (before[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    before = current;
  }
  return before[b.length] ?? a.length;
}

/** `matrix.schema.json` to the byte: written by scripts/write-matrix-schema.ts, compared by a test. */
export function matrixSchemaText(): string {
  return `${JSON.stringify(matrixJsonSchema(), null, 2)}\n`;
}
