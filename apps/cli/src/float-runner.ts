import { availableParallelism } from 'node:os';
import { OctetError } from '@octet/domain';
import { openModel } from '@octet/engines';
import type { FloatRunner } from '@octet/quantization';

/** Runs models with ONNX Runtime in a process of their own, as quantisation asks for; ends with the command. */
export function floatRunner(label: string, threads: number): FloatRunner {
  const { signal } = abortOnSignals();
  return { open: (path, { optimized = true } = {}) => openModel(path, { label, threads, signal, optimized }) };
}

function abortOnSignals(): AbortController {
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  process.once('SIGTERM', () => abort.abort());
  return abort;
}

/** A whole number from `least`. Throws OctetError `option-invalid` naming the option. */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new OctetError('option-invalid', `${option} must be a whole number from ${least}, not "${text}".`);
}

/** A number within (low, high]. Throws OctetError `option-invalid` naming the option. */
export function numberWithin(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value > low && value <= high) return value;
  throw new OctetError('option-invalid', `${option} must be a number above ${low} and up to ${high}, not "${text}".`);
}

/** One of some words. Throws OctetError `option-invalid` naming the option and what is allowed. */
export function oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === text);
  if (found !== undefined) return found;
  throw new OctetError('option-invalid', `${option} must be one of ${allowed.join(', ')}, not "${text}".`);
}

export function threadsOf(text: string | undefined): number {
  return text === undefined ? Math.min(2, availableParallelism()) : wholeNumber('--threads', text, 1);
}
