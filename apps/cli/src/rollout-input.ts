import { readFileSync } from 'node:fs';
import { measuredPoint, OctetError, traceRate, type Arrivals, type Bursts, type LatencyCurve } from '@octet/domain';
import { z } from 'zod';

const nsPerMs = 1e6;

const batchSize = z.string().regex(/^[1-9]\d{0,5}$/, 'batch sizes are whole numbers from 1 to 999999');
const milliseconds = z
  .number('a time is a number of milliseconds')
  .min(1e-6, 'a time is at least 1e-6 ms: one nanosecond')
  .max(1e9, 'a time is at most 1e9 ms');

const latenciesSchema = z.object({
  variants: z
    .record(z.string().min(1), z.record(batchSize, milliseconds))
    .refine((variants) => Object.keys(variants).length > 0, 'name at least one variant'),
  /** Device memory of each engine, bytes, in the same shape; may be left out. */
  memoryBytes: z.record(z.string(), z.record(z.string(), z.number().positive())).optional(),
});

/** `{"variants": {"int8": {"1": 1.2, "4": 2.1}, "fp16": {...}}}`, milliseconds of one execution of each batch. */
export function readLatencies(path: string): LatencyCurve[] {
  const parsed = latenciesSchema.safeParse(parseJson(path));
  if (!parsed.success) {
    throw invalid(
      `${path}: ${faultText(parsed.error)}. Write {"variants": {"int8": {"1": 1.2, "4": 2.1}}}, milliseconds by batch size.`,
    );
  }
  const { variants, memoryBytes } = parsed.data;
  return Object.entries(variants).map(([variant, times]) => {
    const points = Object.entries(times).map(([batch, ms]) => ({
      ...measuredPoint(Number(batch), Math.round(ms * nsPerMs)),
      memoryBytes: memoryBytes?.[variant]?.[batch] ?? null,
    }));
    if (points.length === 0) throw invalid(`${path}: variant ${variant} has no batch size.`);
    return { variant, points: points.sort((a, b) => a.batch - b.batch) };
  });
}

/** Where the first fault is and what is wrong there; of a key, what keys must be. */
function faultText({ issues }: z.ZodError): string {
  const [issue] = issues;
  if (issue === undefined) return 'these are no latencies';
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return issue.path.length === 0 ? message : `${issue.path.join('.')}: ${message}`;
}

/** A recorded trace: a JSON array, or one number a line; arrival times in milliseconds, sorted here. */
export function readTrace(path: string): Arrivals {
  const text = readText(path);
  const values = text.trim().startsWith('[')
    ? (parseJson(path) as unknown[]).map((value) => (typeof value === 'number' ? value : NaN))
    : text
        .split(/\s+/)
        .filter((word) => word !== '')
        .map(Number);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw invalid(
      `${path}: entry ${bad + 1} is not a number. A trace holds arrival times in milliseconds, one a line or as a JSON array.`,
    );
  if (values.length < 2) throw invalid(`${path}: a trace needs at least two arrivals.`);
  const trace = Float64Array.from(values, (value) => value * nsPerMs).sort();
  if (traceRate(trace) === 0) throw invalid(`${path}: all arrivals are at one moment: a trace needs a length.`);
  return trace;
}

/** `5,0.1,50ms`: in bursts five times the rate outside them, a tenth of the time, 50 ms long on average. */
export function parseBursts(text: string): Bursts {
  const [ratio, share, length, ...more] = text.split(',').map((part) => part.trim());
  const bursts = { ratio: Number(ratio), share: Number(share) };
  if (length === undefined || more.length > 0 || !(bursts.ratio >= 1) || !(bursts.share > 0 && bursts.share < 1))
    throw invalid(
      `--bursts ${text}: write RATIO,SHARE,LENGTH such as 5,0.1,50ms: rate in a burst over the rate outside, share of the time, mean length.`,
    );
  return { ...bursts, meanS: parseDuration('--bursts', length) / 1e9 };
}

/** `20ms`, `1.5 s`, `800us`; a bare number is milliseconds. In ns. */
export function parseDuration(option: string, text: string): number {
  const match = /^(\d+\.?\d*|\.\d+)\s*(ns|us|ms|s)?$/.exec(text.trim());
  const value = Number(match?.[1]);
  if (match === null || !Number.isFinite(value) || value <= 0)
    throw invalid(`${option} ${text}: write a time such as 20ms, 800us or 1.5s.`);
  return value * { ns: 1, us: 1e3, ms: nsPerMs, s: 1e9 }[(match[2] ?? 'ms') as 'ns' | 'us' | 'ms' | 's'];
}

/** `0.35/h` or `0.35`: the price of one device for an hour. */
export function parsePrice(text: string): number {
  const match = /^[^\d\s.+-]{0,3}\s*(\d+\.?\d*|\.\d+)\s*(\/\s*h)?$/.exec(text.trim());
  const value = Number(match?.[1]);
  if (match === null || !Number.isFinite(value))
    throw invalid(`--price ${text}: write the price of one device for an hour, such as 0.35/h.`);
  return value;
}

/** `8GB`, `512MB`, `6GiB` or bytes. */
export function parseBytes(text: string): number {
  const match = /^(\d+\.?\d*|\.\d+)\s*([KMGT]?)(i?)B?$/i.exec(text.trim());
  const value = Number(match?.[1]);
  if (match === null || !Number.isFinite(value) || value <= 0)
    throw invalid(`--memory ${text}: write a size such as 8GB, 6GiB or 512MB.`);
  const power = ['', 'K', 'M', 'G', 'T'].indexOf((match[2] ?? '').toUpperCase());
  return value * (match[3] === '' ? 1000 : 1024) ** power;
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch (cause) {
    if (cause instanceof OctetError) throw cause;
    throw new OctetError('option-invalid', `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new OctetError('file-missing', `${path} can't be read. Check the path.`, { cause });
  }
}

function invalid(message: string): OctetError {
  return new OctetError('option-invalid', message);
}

/** A whole number of at least 1. */
export function positive(option: string, text: string): number {
  return wholeNumber(option, text, 1);
}

export function wholeNumber(option: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  const from = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most)
    throw invalid(`${option}: ${text} is not a whole number ${from}.`);
  return value;
}

/** A number above 0. */
export function positiveNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw invalid(`${option}: ${text} is not a number above 0.`);
  return value;
}
