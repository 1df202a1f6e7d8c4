import type { EngineLayer } from '@octet/domain';
import { OctetError } from '@octet/domain';
import { z } from 'zod';

const engineScript = z.strictObject({
  /** Samples of the rounds, ns, played in order and again from the start. */
  latenciesNs: z.array(z.number().positive()).min(1),
  /** Samples of one round. */
  samplesPerRound: z.int().positive().default(10),
  layers: z
    .array(z.custom<EngineLayer>((value) => typeof value === 'object' && value !== null))
    .nullable()
    .default(null),
  buildMs: z.number().nonnegative().default(0),
  /** Real time that a round takes, for tests that interrupt one. */
  roundMs: z.number().nonnegative().default(0),
  sizeBytes: z.int().nonnegative().default(0),
  peakMemoryBytes: z.int().nonnegative().nullable().default(null),
  /** The build fails with these words. */
  buildFails: z.string().nullable().default(null),
  /** The engine crashes in its n-th round, counted from 1. */
  crashesInRound: z.int().positive().nullable().default(null),
  /** The engine never answers in its n-th round, until it is cancelled. */
  hangsInRound: z.int().positive().nullable().default(null),
});

const scriptSchema = z.strictObject({
  version: z.string().default('1'),
  /** Engines by label (`fp32`, a recipe's label, `fp32#2`), by variant where the label is not there, or `*`. */
  engines: z.record(z.string(), engineScript),
});

/** What a scripted engine plays, as written; absent choices have defaults. */
export type Script = z.input<typeof scriptSchema>;
export type ParsedScript = z.output<typeof scriptSchema>;
export type EngineScript = z.output<typeof engineScript>;

/** @throws OctetError `script-invalid` naming what is wrong. */
export function parseScript(script: unknown): ParsedScript {
  const parsed = scriptSchema.safeParse(script);
  if (parsed.success) return parsed.data;
  throw new OctetError('script-invalid', `Script of a scripted runtime: ${z.prettifyError(parsed.error)}`);
}

/** @throws OctetError `build-failed` when the script has no such engine. */
export function engineScriptFor(script: ParsedScript, label: string, variant: string): EngineScript {
  const found = script.engines[label] ?? script.engines[variant] ?? script.engines['*'];
  if (found !== undefined) return found;
  const known = Object.keys(script.engines).join(', ');
  throw new OctetError('build-failed', `${label}: the script holds no engine of this label; it has ${known}.`);
}
