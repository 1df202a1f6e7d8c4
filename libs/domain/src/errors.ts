/** JSON-safe detail values carried by an error (never secrets). */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * The one error class of Octet. `code` is stable kebab-case (programs rely on it), `message` says what is wrong AND what
 * to do. An expected outcome (a device without INT8) is a value in a union, never an OctetError.
 */
export class OctetError extends Error {
  override readonly name = 'OctetError';
  readonly code: string;
  readonly details: ErrorDetails | null;

  constructor(code: string, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? null;
  }
}

/** `instanceof` fails across copies of this lib, so the mark is the name and the code. */
export function isOctetError(error: unknown): error is OctetError {
  return (
    error instanceof Error && error.name === 'OctetError' && typeof (error as { code?: unknown }).code === 'string'
  );
}
