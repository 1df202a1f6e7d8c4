import { OctetError, type Matrix } from '@octet/domain';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { allowedConstants, allowedKeys, closest } from './matrix-keys.js';
import { matrixFileSchema, matrixSchema, type MatrixFile } from './matrix-schema.js';

/** A matrix file after parsing: the domain's Matrix, and the document as it travels over HTTP and is stored. */
export interface ParsedMatrix {
  matrix: Matrix;
  document: MatrixFile;
}

/**
 * Reads a matrix file (YAML, so JSON as well). Every fault is an OctetError `matrix-invalid` with one line for each fault:
 * file:line:column, what was found and what is allowed. Pure: the caller reads the file, `fileName` is for messages only.
 */
export function parseMatrix(yamlText: string, fileName: string): Matrix {
  return parseMatrixFile(yamlText, fileName).matrix;
}

/** As `parseMatrix`, with the document to submit. */
export function parseMatrixFile(yamlText: string, fileName: string): ParsedMatrix {
  const lines = new LineCounter();
  const yaml = parseDocument(yamlText, { lineCounter: lines, prettyErrors: false });
  const [broken] = yaml.errors;
  if (broken !== undefined) {
    throw invalid(fileName, [{ ...positionOf(lines, broken.pos[0]), text: `not valid YAML: ${broken.message}` }]);
  }
  const value = toPlain(yaml, fileName);
  const parsed = matrixSchema.safeParse(value);
  if (!parsed.success)
    throw invalid(
      fileName,
      parsed.error.issues.flatMap((issue) => faultsOf(issue, [], value, yaml, lines)),
    );
  return { matrix: parsed.data, document: matrixFileSchema.parse(value) };
}

/** An alias bomb is refused by the YAML library (more than 100 alias expansions). */
function toPlain(yaml: Document.Parsed, fileName: string): unknown {
  try {
    return yaml.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw invalid(fileName, [{ line: 1, column: 1, text: `not a usable YAML document: ${text}` }]);
  }
}

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

interface Fault {
  line: number;
  column: number;
  text: string;
}

function invalid(fileName: string, faults: readonly Fault[]): OctetError {
  const shown = faults.map((fault) => `${fileName}:${fault.line}:${fault.column}: ${fault.text}`);
  const [first] = faults;
  return new OctetError('matrix-invalid', shown.join('\n'), {
    details: { file: fileName, line: first?.line ?? 1, column: first?.column ?? 1, faults: shown },
  });
}

function positionOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function faultsOf(issue: Issue, base: Path, value: unknown, yaml: Document.Parsed, lines: LineCounter): Fault[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union') {
    const branch = nearestBranch(issue.errors);
    if (branch !== null) return branch.flatMap((inner) => faultsOf(inner, path, value, yaml, lines));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ ...keyPosition(yaml, lines, path, key), text: unknownKey(path, key) }));
  }
  return [{ ...valuePosition(yaml, lines, path), text: `${shownPath(path)}: ${explain(issue, path, value)}` }];
}

/** Of a union's alternatives the one that fits best: told about alone, or the message drowns. null if none is near. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const near = branches.filter(
    (issues) => !issues.some((issue) => issue.path.length === 0 && issue.code !== 'unrecognized_keys'),
  );
  return near.reduce<readonly Issue[] | null>(
    (best, issues) => (best === null || weight(issues) < weight(best) ? issues : best),
    null,
  );
}

function weight(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
}

function unknownKey(path: Path, key: string): string {
  const allowed = allowedKeys(path);
  const guess = closest(key, allowed);
  const where = path.length === 0 ? '' : `${shownPath(path)}: `;
  const hint = guess === null ? '' : `; did you mean "${guess}"?`;
  return `${where}unknown key "${key}"${hint} Allowed: ${allowed.join(', ')}.`.replace('" Allowed', '". Allowed');
}

function explain(issue: Issue, path: Path, value: unknown): string {
  const found = valueAt(value, path);
  if (found === undefined && issue.code === 'invalid_type') return `missing; it takes ${article(issue.expected)}.`;
  const wanted = wantedBy(issue, path);
  return found === undefined || issue.code === 'custom'
    ? `${wanted}.`
    : `found ${shownValue(found)}; ${wanted}.${suggestion(issue, found)}`;
}

function wantedBy(issue: Issue, path: Path): string {
  switch (issue.code) {
    case 'invalid_type':
      return `it takes ${article(issue.expected)}`;
    case 'invalid_value':
      return `allowed: ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return issue.origin === 'array'
        ? 'the list must not be empty'
        : `it must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `it must be at most ${issue.maximum}`;
    case 'invalid_union':
      return unionWants(issue, path);
    default:
      return issue.message;
  }
}

function unionWants(issue: Extract<Issue, { code: 'invalid_union' }>, path: Path): string {
  if (issue.errors.length === 0) return `allowed: ${allowedConstants(path).join(', ')}`;
  if (issue.message !== 'Invalid input') return issue.message;
  const wanted = issue.errors.flat().map((inner) => wantedBy(inner, path).replace(/^(it takes|allowed:) /, ''));
  return `allowed: ${[...new Set(wanted)].join(', or ')}`;
}

function article(type: string): string {
  const words: Record<string, string> = {
    object: 'a mapping (key: value)',
    record: 'a mapping (key: value)',
    array: 'a list',
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
  };
  return words[type] ?? type;
}

function suggestion(issue: Issue, found: unknown): string {
  if (issue.code !== 'invalid_value' || typeof found !== 'string') return '';
  const guess = closest(found, issue.values.map(String));
  return guess === null ? '' : ` Did you mean "${guess}"?`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

function shownValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function shownPath(path: Path): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? 'the matrix' : text.replace(/^\./, '');
}

/** Where the value stands; for a missing one, where the mapping that lacks it stands. */
function valuePosition(yaml: Document.Parsed, lines: LineCounter, path: Path): { line: number; column: number } {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? yaml.contents : yaml.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range !== undefined && node.range !== null) return positionOf(lines, node.range[0]);
  }
  return { line: 1, column: 1 };
}

function keyPosition(
  yaml: Document.Parsed,
  lines: LineCounter,
  path: Path,
  key: string,
): { line: number; column: number } {
  const map = path.length === 0 ? yaml.contents : yaml.getIn(path, true);
  const pair = isMap(map) ? map.items.find((item) => isScalar(item.key) && String(item.key.value) === key) : undefined;
  const offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  return offset === undefined ? valuePosition(yaml, lines, path) : positionOf(lines, offset);
}
