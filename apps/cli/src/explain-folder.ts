import { isOctetError, OctetError } from '@octet/domain';
import {
  explain,
  type EngineExports,
  type ExplainOptions,
  type Explanation,
  type IncompleteBuild,
} from '@octet/engines';

/** An export that cannot be explained does not stop the others. */
export interface FailedExplanation {
  status: 'failed';
  error: { code: string; message: string };
}

export type NamedExplanation = { name: string } & (Explanation | IncompleteBuild | FailedExplanation);

const floatName = /^(?:fp32|tf32|fp16|bf16)\b/i;

/** Explains each INT8 variant of a folder against the fastest float variant beside it. */
export function explainFolder(
  variants: ReadonlyMap<string, EngineExports>,
  options: ExplainOptions,
): NamedExplanation[] {
  const float = fastestFloat(variants);
  const int8 = [...variants].filter(([name]) => !floatName.test(name));
  if (int8.length === 0) {
    throw new OctetError(
      'exports-missing',
      `There is no INT8 variant among ${[...variants.keys()].join(', ')}: name the folder of one engine.`,
    );
  }
  return int8.map(([name, exports]) => ({ name, ...explained(exports, float, options) }));
}

function explained(
  exports: EngineExports,
  float: EngineExports | null,
  options: ExplainOptions,
): Explanation | IncompleteBuild | FailedExplanation {
  try {
    return explain(exports, float, options);
  } catch (error) {
    if (!isOctetError(error)) throw error;
    return { status: 'failed', error: { code: error.code, message: error.message } };
  }
}

function fastestFloat(variants: ReadonlyMap<string, EngineExports>): EngineExports | null {
  let fastest: { exports: EngineExports; endToEndNs: number } | null = null;
  for (const [name, exports] of variants) {
    if (!floatName.test(name)) continue;
    const read = explained(exports, null, {});
    const endToEndNs = read.status === 'explained' ? read.times.int8EndToEndNs : null;
    if (endToEndNs !== null && (fastest === null || endToEndNs < fastest.endToEndNs)) fastest = { exports, endToEndNs };
  }
  return fastest?.exports ?? null;
}
