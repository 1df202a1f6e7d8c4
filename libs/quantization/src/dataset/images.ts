import { readFileSync } from 'node:fs';
import { extname } from 'node:path';

import { OctetError } from '@octet/domain';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';

import { channelValue, type Preprocess } from './preprocess.js';

/** Decoded picture: RGBA bytes, row by row. */
export interface Picture {
  width: number;
  height: number;
  rgba: Uint8Array;
}

/** Decodes a PNG or JPEG file. Throws OctetError `bad-image` naming the file. */
export function readPicture(path: string): Picture {
  const bytes = readFileSync(path);
  try {
    if (extname(path).toLowerCase() === '.png') {
      const png = PNG.sync.read(bytes);
      return { width: png.width, height: png.height, rgba: png.data };
    }
    const image = jpeg.decode(bytes, { useTArray: true, maxMemoryUsageInMB: 512 });
    return { width: image.width, height: image.height, rgba: image.data };
  } catch (cause) {
    throw new OctetError('bad-image', `${path} can't be decoded (${String(cause)}). Remove or repair it.`, { cause });
  }
}

/** Where a target pixel lies in the picture: source = target * scale + offset, per axis. */
interface Window {
  scaleX: number;
  scaleY: number;
  offsetX: number;
  offsetY: number;
}

function windowOf(picture: Picture, height: number, width: number, mode: Preprocess['resize']): Window {
  const scaleX = picture.width / width;
  const scaleY = picture.height / height;
  if (mode === 'stretch') return { scaleX, scaleY, offsetX: 0, offsetY: 0 };
  const scale = mode === 'crop' ? Math.min(scaleX, scaleY) : Math.max(scaleX, scaleY);
  // Cropping keeps the centre; padding keeps the top left corner, as OCR and detection models do.
  const centre = mode === 'crop' ? 0.5 : 0;
  return {
    scaleX: scale,
    scaleY: scale,
    offsetX: (picture.width - width * scale) * centre,
    offsetY: (picture.height - height * scale) * centre,
  };
}

/** Byte of a channel (0 red, 1 green, 2 blue) by bilinear interpolation at pixel centres; null outside the picture. */
function sample(picture: Picture, x: number, y: number, channel: number): number | null {
  if (x < -0.5 || y < -0.5 || x > picture.width - 0.5 || y > picture.height - 0.5) return null;
  const x0 = Math.min(Math.max(x, 0), picture.width - 1);
  const y0 = Math.min(Math.max(y, 0), picture.height - 1);
  const left = Math.floor(x0);
  const top = Math.floor(y0);
  const right = Math.min(left + 1, picture.width - 1);
  const bottom = Math.min(top + 1, picture.height - 1);
  const at = (column: number, row: number): number => picture.rgba[(row * picture.width + column) * 4 + channel]!;
  const upper = at(left, top) + (at(right, top) - at(left, top)) * (x0 - left);
  const lower = at(left, bottom) + (at(right, bottom) - at(left, bottom)) * (x0 - left);
  return upper + (lower - upper) * (y0 - top);
}

const channelOrder = { rgb: [0, 1, 2], bgr: [2, 1, 0] } as const;

/** A picture as the model wants it: height x width, channels in the recipe's order and layout, normalised. */
export function pictureToTensor(picture: Picture, height: number, width: number, recipe: Preprocess): Float32Array {
  const depth = recipe.channels === 'gray' ? 1 : 3;
  const result = new Float32Array(depth * height * width);
  const window = windowOf(picture, height, width, recipe.resize);
  for (let y = 0; y < height; y++) {
    const sourceY = (y + 0.5) * window.scaleY - 0.5 + window.offsetY;
    for (let x = 0; x < width; x++) {
      const sourceX = (x + 0.5) * window.scaleX - 0.5 + window.offsetX;
      for (let c = 0; c < depth; c++) {
        const byte =
          recipe.channels === 'gray'
            ? luma(picture, sourceX, sourceY)
            : sample(picture, sourceX, sourceY, channelOrder[recipe.channels][c]!);
        const at = recipe.layout === 'NCHW' ? (c * height + y) * width + x : (y * width + x) * depth + c;
        result[at] = byte === null ? 0 : channelValue(byte, c, recipe);
      }
    }
  }
  return result;
}

/** Grey by ITU-R BT.601, as most image libraries. */
function luma(picture: Picture, x: number, y: number): number | null {
  const red = sample(picture, x, y, 0);
  if (red === null) return null;
  return 0.299 * red + 0.587 * sample(picture, x, y, 1)! + 0.114 * sample(picture, x, y, 2)!;
}
