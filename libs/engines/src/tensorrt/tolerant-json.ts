import { OctetError } from '@octet/domain';
import { z } from 'zod';

const whitespace = /\s*/y;
const bareNumber = /[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?/y;
const bareWord = /[-+]?(?:nan(?:\([^)]*\))?|inf(?:inity)?|true|false|null)/iy;
const decimalComma = /,\d+(?:[eE][-+]?\d+)?/y;
/** What may follow a string that really ends: TensorRT's writers don't escape quotes in names. */
const afterKey = /"\s*:/y;
const afterValue = /"\s*(?:,\s*"[^"]*"\s*:|[}\]]\s*(?:[,}\]]|$))/y;
const afterElement = /"\s*(?:,\s*(?:["{[\d+-]|nan|inf|true|false|null)|\]\s*(?:[,}\]]|$))/iy;

/** Any number that `parseTolerantJson` reads, NaN and infinities included. */
export const anyNumber = z.custom<number>((value) => typeof value === 'number', 'expected a number');

type StringRole = 'key' | 'value' | 'element';
const ending: Record<StringRole, RegExp> = { key: afterKey, value: afterValue, element: afterElement };

/**
 * Reads JSON as TensorRT and trtexec write it: besides correct JSON that is bare `nan` and `inf` (read as NaN and
 * +-Infinity), unescaped quotes and line breaks in names, and decimal commas of the locale in an object's numbers.
 * `what` names the file in messages. Throws OctetError `json-empty`, `json-truncated` or `json-invalid`.
 */
export function parseTolerantJson(text: string, what: string): unknown {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (source.trim() === '') {
    throw new OctetError('json-empty', `${what} is empty: the tool wrote nothing; export it again.`);
  }
  try {
    return JSON.parse(source);
  } catch {
    return new TolerantReader(source, what).document();
  }
}

/** A recursive descent over the text; the state is the position. */
class TolerantReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly what: string,
  ) {}

  document(): unknown {
    const value = this.value('element');
    this.skip(whitespace);
    if (this.at < this.text.length) throw this.invalid();
    return value;
  }

  private value(role: StringRole): unknown {
    this.skip(whitespace);
    switch (this.text[this.at]) {
      case '{':
        return this.object();
      case '[':
        return this.array();
      case '"':
        return this.string(role);
      default:
        return this.bare(role);
    }
  }

  private object(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.at++;
    while (!this.closes('}', entries.length === 0)) {
      this.skip(whitespace);
      const key = this.string('key');
      this.expect(':');
      entries.push([key, this.value('value')]);
    }
    return Object.fromEntries(entries);
  }

  private array(): unknown[] {
    const elements: unknown[] = [];
    this.at++;
    while (!this.closes(']', elements.length === 0)) elements.push(this.value('element'));
    return elements;
  }

  /** At the end of a container, or past the comma before its next member. */
  private closes(bracket: string, first: boolean): boolean {
    this.skip(whitespace);
    if (this.text[this.at] === bracket) {
      this.at++;
      return true;
    }
    if (!first) this.expect(',');
    return false;
  }

  private string(role: StringRole): string {
    if (this.text[this.at] !== '"') throw this.invalid();
    const start = ++this.at;
    for (let end = start; end < this.text.length; end++) {
      const character = this.text[end];
      if (character === '\\') end++;
      else if (character === '"' && this.matches(ending[role], end)) {
        this.at = end + 1;
        return unescaped(this.text.slice(start, end));
      }
    }
    throw this.truncated();
  }

  private bare(role: StringRole): unknown {
    const number = this.take(bareNumber);
    if (number !== null) {
      const fraction = role === 'value' ? this.take(decimalComma) : null;
      return Number(number + (fraction ?? '').replace(',', '.'));
    }
    const word = this.take(bareWord);
    if (word === null) throw this.invalid();
    return wordValue(word.toLowerCase());
  }

  private expect(character: string): void {
    this.skip(whitespace);
    if (this.text[this.at] !== character) throw this.invalid();
    this.at++;
  }

  private skip(pattern: RegExp): void {
    this.take(pattern);
  }

  private take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  private matches(pattern: RegExp, at: number): boolean {
    pattern.lastIndex = at;
    return pattern.test(this.text);
  }

  private invalid(): OctetError {
    if (this.at >= this.text.length) return this.truncated();
    const line = this.text.slice(0, this.at).split('\n').length;
    const near = JSON.stringify(this.text.slice(this.at, this.at + 30));
    return new OctetError(
      'json-invalid',
      `${this.what} is not JSON (line ${line}, near ${near}): give the file that trtexec exported.`,
    );
  }

  private truncated(): OctetError {
    return new OctetError(
      'json-truncated',
      `${this.what} ends in the middle: the tool was stopped while it wrote; export it again.`,
    );
  }
}

function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(
      `"${raw
        .replaceAll(/(?<!\\)"/g, '\\"')
        .replaceAll('\n', '\\n')
        .replaceAll('\r', '\\r')}"`,
    ) as string;
  } catch {
    return raw;
  }
}

function wordValue(word: string): unknown {
  if (word === 'true') return true;
  if (word === 'false') return false;
  if (word === 'null') return null;
  if (word.includes('nan')) return Number.NaN;
  return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
