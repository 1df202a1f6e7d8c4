import { OctetError } from '@octet/domain';
import { z } from 'zod';

/** How a picture becomes a tensor. `preprocess.json` in the folder (or beside an IDX file, as FILE.preprocess.json). */
export const preprocessSchema = z.strictObject({
  /** Height and width; absent: the model's own. */
  size: z.tuple([z.number().int().positive(), z.number().int().positive()]).optional(),
  layout: z.enum(['NCHW', 'NHWC']).default('NCHW'),
  channels: z.enum(['rgb', 'bgr', 'gray']).default('rgb'),
  /** stretch: ignores the aspect ratio; crop: shorter side fits, centre kept; pad: longer side fits, rest zero. */
  resize: z.enum(['stretch', 'crop', 'pad']).default('stretch'),
  /** Value = (byte * scale - mean[c]) / std[c]. */
  scale: z
    .number()
    .positive()
    .default(1 / 255),
  mean: z.array(z.number()).default([0]),
  std: z.array(z.number().positive()).default([1]),
});

export type Preprocess = z.infer<typeof preprocessSchema>;

/** Throws OctetError `bad-preprocess` naming the key. */
export function parsePreprocess(json: string, path: string): Preprocess {
  try {
    return preprocessSchema.parse(JSON.parse(json));
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new OctetError('bad-preprocess', `${path} is no preprocessing recipe: ${what}`, { cause });
  }
}

export function channelValue(byte: number, channel: number, recipe: Preprocess): number {
  const mean = recipe.mean[recipe.mean.length === 1 ? 0 : channel] ?? 0;
  const std = recipe.std[recipe.std.length === 1 ? 0 : channel] ?? 1;
  return (byte * recipe.scale - mean) / std;
}
