import { CommanderError } from 'commander';
import { isOctetError } from '@octet/domain';

/** What the process ends with: `unsupported` verdicts are answers (0); trials without one are 3. */
export const exitCodes = { done: 0, failed: 1, usage: 2, incomplete: 3 } as const;

export function wantsJson(argv: readonly string[]): boolean {
  return argv.includes('--json');
}

/** A longer document is for programs only: it is not indented. */
const indentedBelow = 2 ** 20;

/** The one JSON document of a command on stdout. */
export function printJson(document: object): void {
  const whole = { schemaVersion: 1, ...document };
  const text = JSON.stringify(whole);
  process.stdout.write(`${text.length < indentedBelow ? JSON.stringify(whole, null, 2) : text}\n`);
}

export function printText(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Progress and remarks: never on stdout. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Codes that mean the command was called wrongly: exit 2. */
const usageCodes = new Set(['usage', 'matrix-invalid', 'matrix-unreadable', 'option-invalid']);

/** Prints an error for people or programs and answers the exit code. */
export function reportError(error: unknown, json: boolean): number {
  const { code, message, exit } = describe(error);
  if (json) process.stdout.write(`${JSON.stringify({ schemaVersion: 1, error: { code, message } }, null, 2)}\n`);
  else process.stderr.write(`octet: ${message}\n`);
  if (code === 'internal' && process.env['OCTET_DEBUG'] !== undefined) console.error(error);
  return exit;
}

function describe(error: unknown): { code: string; message: string; exit: number } {
  if (error instanceof CommanderError) {
    return { code: 'usage', message: error.message.replace(/^error: /, ''), exit: exitCodes.usage };
  }
  if (isOctetError(error)) {
    return {
      code: error.code,
      message: error.message,
      exit: usageCodes.has(error.code) ? exitCodes.usage : exitCodes.failed,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    message: `${message} (a fault of octet itself; set OCTET_DEBUG=1 to see where)`,
    exit: exitCodes.failed,
  };
}
