import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from './package-models.js';

/** Held out of training, per digit: the last 200 in the package's order (train_mnist.py makes the same split). */
const heldOutPerDigit = 200;
const calibrationPerDigit = 50;
const pixels = 28 * 28;

/** Images of 28 x 28 bytes one after the other, with their digits. */
export interface Digits {
  images: Uint8Array;
  labels: Uint8Array;
}

/** The package rounds x/255 to three decimals; rounding brings the whole pixel values back. */
function readDigit(digit: number): Uint8Array {
  const path = join(packageFolder('mnist'), 'src', 'digits', `${digit}.json`);
  const { data } = JSON.parse(readFileSync(path, 'utf8')) as { data: number[] };
  return Uint8Array.from(data, (value) => Math.round(value * 255));
}

/** Digits take turns (0, 1, ... 9, 0, 1 ...), so that any first part of the set is balanced. */
function interleaved(parts: readonly Uint8Array[], each: number): Digits {
  const images = new Uint8Array(parts.length * each * pixels);
  const labels = new Uint8Array(parts.length * each);
  for (let sample = 0; sample < labels.length; sample++) {
    const digit = sample % parts.length;
    const from = Math.floor(sample / parts.length) * pixels;
    images.set(parts[digit]?.subarray(from, from + pixels) ?? [], sample * pixels);
    labels[sample] = digit;
  }
  return { images, labels };
}

/** 2,000 digits that the network never saw, and 500 of those it was trained on, for calibration. */
export function readDigits(): { test: Digits; calibration: Digits } {
  const digits = Array.from({ length: 10 }, (_, digit) => readDigit(digit));
  const test = digits.map((data) => data.subarray(data.length - heldOutPerDigit * pixels));
  const training = digits.map((data) => data.subarray(0, calibrationPerDigit * pixels));
  return { test: interleaved(test, heldOutPerDigit), calibration: interleaved(training, calibrationPerDigit) };
}

/** MNIST's own IDX format: two zero bytes, type 0x08 (bytes), rank, big-endian sizes, values. */
export function idx(dims: readonly number[], values: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4 + 4 * dims.length);
  head.set([0, 0, 8, dims.length]);
  dims.forEach((dim, axis) => head.writeUInt32BE(dim, 4 + 4 * axis));
  return new Uint8Array(Buffer.concat([head, values]));
}
