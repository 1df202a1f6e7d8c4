import { OctetError } from '@octet/domain';
import { z } from 'zod';
import { anyNumber, parseTolerantJson } from './tolerant-json.js';

const traceSchema = z.array(
  z.object({
    computeMs: anyNumber,
    h2dMs: anyNumber.optional(),
    d2hMs: anyNumber.optional(),
  }),
);

/** Raw times of one trtexec run, ns, in the order they were taken. */
export interface RunTimes {
  /** GPU compute time of each run: the only column precise enough (absolute stamps are 32-bit floats). */
  computeNs: Float64Array;
  /** Host to device, device to host; 0 without transfers. null where the version does not tell. */
  h2dNs: Float64Array | null;
  d2hNs: Float64Array | null;
  /** Entries that were not numbers (never counted as times). */
  invalid: number;
}

/** Reads `--exportTimes` of trtexec. Throws OctetError: the JSON codes of parseTolerantJson, `times-invalid`, `times-empty`. */
export function parseRunTimes(text: string, what = 'The times'): RunTimes {
  const parsed = traceSchema.safeParse(parseTolerantJson(text, what));
  if (!parsed.success) {
    throw new OctetError(
      'times-invalid',
      `${what} is not a trtexec timing trace (${z.prettifyError(parsed.error).split('\n')[0] ?? ''}): give the file of trtexec --exportTimes.`,
    );
  }
  const good = parsed.data.filter((run) => Number.isFinite(run.computeMs) && run.computeMs > 0);
  if (good.length === 0) {
    throw new OctetError('times-empty', `${what} holds no measured run: measure again with a longer --duration.`);
  }
  return {
    computeNs: Float64Array.from(good, (run) => run.computeMs * 1e6),
    h2dNs: good.every((run) => run.h2dMs !== undefined)
      ? Float64Array.from(good, (run) => (run.h2dMs ?? 0) * 1e6)
      : null,
    d2hNs: good.every((run) => run.d2hMs !== undefined)
      ? Float64Array.from(good, (run) => (run.d2hMs ?? 0) * 1e6)
      : null,
    invalid: parsed.data.length - good.length,
  };
}
