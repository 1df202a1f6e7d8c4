import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import type { NpyArray } from './npz.js';

const height = 48;

interface Line {
  file: string;
  text: string;
  /** Grey values, row by row. */
  pixels: Uint8Array;
  width: number;
}

/** The pictures of data/ocr-lines with the text that each shows. */
export function readLines(folder: string): Line[] {
  const texts = JSON.parse(readFileSync(join(folder, 'texts.json'), 'utf8')) as Record<string, string>;
  return Object.entries(texts).map(([file, text]) => {
    const picture = PNG.sync.read(readFileSync(join(folder, file)));
    const pixels = Uint8Array.from(
      { length: picture.width * picture.height },
      (_, index) => picture.data[4 * index] ?? 0,
    );
    return { file, text, pixels, width: picture.width };
  });
}

/** PP-OCR's preprocessing: (x / 255 - 0.5) / 0.5 in three equal channels (grey has no colour order). */
function normalised(line: Line, width: number, upsideDown: boolean): Float32Array {
  const plane = new Float32Array(height * width);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [y, x] = upsideDown ? [height - 1 - row, width - 1 - column] : [row, column];
      plane[row * width + column] = (line.pixels[y * line.width + x] ?? 0) / 127.5 - 1;
    }
  }
  const channels = new Float32Array(3 * plane.length);
  for (let channel = 0; channel < 3; channel++) channels.set(plane, channel * plane.length);
  return channels;
}

function stacked(samples: readonly Float32Array[], dims: readonly number[]): NpyArray {
  const each = samples[0]?.length ?? 0;
  const values = new Float32Array(samples.length * each);
  samples.forEach((sample, index) => values.set(sample, index * each));
  return { dims: [samples.length, ...dims], values };
}

/** Inputs of text recognition: [lines, 3, 48, 320]. */
export function recognitionInputs(lines: readonly Line[]): Record<string, NpyArray> {
  return {
    x: stacked(
      lines.map((line) => normalised(line, 320, false)),
      [3, height, 320],
    ),
  };
}

/** Inputs of the direction classifier: the first 192 columns of each line upright (0) and turned by 180 degrees (1), in turn. */
export function directionInputs(lines: readonly Line[]): Record<string, NpyArray> {
  const samples = lines.flatMap((line) => [normalised(line, 192, false), normalised(line, 192, true)]);
  return {
    x: stacked(samples, [3, height, 192]),
    labels: { dims: [samples.length], values: Int32Array.from(samples, (_, index) => index % 2) },
  };
}
