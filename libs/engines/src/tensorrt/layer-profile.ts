import { OctetError } from '@octet/domain';
import { z } from 'zod';
import { anyNumber, parseTolerantJson } from './tolerant-json.js';

const entrySchema = z.object({
  name: z.string(),
  averageMs: anyNumber,
  medianMs: anyNumber.optional(),
});
const profileSchema = z.tuple([z.looseObject({ count: z.number() })]).rest(entrySchema);

/** Times of one layer in execution order, ns. */
export interface ProfiledLayer {
  name: string;
  /** Median over the profiled iterations; the average where the version has no median (TensorRT before 8.4). */
  timeNs: number;
}

export interface LayerTimes {
  /** Iterations profiled. */
  runs: number;
  layers: ProfiledLayer[];
}

/**
 * Reads `--exportProfile` of trtexec. Throws OctetError: the JSON codes of parseTolerantJson, `profile-invalid` for another
 * document, `profile-without-iterations` when nothing was profiled (times would be nan).
 */
export function parseLayerProfile(text: string, what = 'The layer profile'): LayerTimes {
  const parsed = profileSchema.safeParse(parseTolerantJson(text, what));
  if (!parsed.success) {
    throw new OctetError(
      'profile-invalid',
      `${what} is not a trtexec profile (${z.prettifyError(parsed.error).split('\n')[0] ?? ''}): give the file of trtexec --exportProfile.`,
    );
  }
  const [{ count }, ...entries] = parsed.data;
  const layers = entries.map((entry) => ({
    name: entry.name,
    timeNs: Math.round((entry.medianMs ?? entry.averageMs) * 1e6),
  }));
  if (count <= 0 || layers.length === 0 || layers.some((layer) => !Number.isFinite(layer.timeNs))) {
    throw new OctetError(
      'profile-without-iterations',
      `${what} holds no measured iteration: profile again with a longer --duration or more --iterations.`,
    );
  }
  return { runs: count, layers };
}
