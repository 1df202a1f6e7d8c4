const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH']);
/** SQLSTATE class 57P: shutdown or crash; 08: connection exceptions; 53300: too many connections. */
const sqlStates = /^(57P0[1-5]|08\w{3}|53300)$/;
const messages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Driver not Connected|Cannot use a pool after/i;

/** Whether an error of pg or TypeORM means that the database can't be reached now (and not that a query was wrong). */
export function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, driverError, errors } = error as { code?: unknown; driverError?: unknown; errors?: unknown[] };
  if (typeof code === 'string' && (networkCodes.has(code) || sqlStates.test(code))) return true;
  if (messages.test(error.message)) return true;
  if (driverError !== undefined && driverError !== error && isDatabaseDown(driverError)) return true;
  return Array.isArray(errors) && errors.some(isDatabaseDown);
}
