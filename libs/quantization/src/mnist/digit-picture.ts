const shades = ' .:-=+*#%@';

/** A 28 x 28 digit rounded to `bits` bits a pixel, as text, two rows a line. */
export function digitPicture(pixels: Float32Array, side: number, bits: number): string[] {
  const levels = 2 ** bits - 1;
  const lines: string[] = [];
  for (let y = 0; y + 1 < side; y += 2) {
    let line = '';
    for (let x = 0; x < side; x++) {
      const value = ((pixels[y * side + x] ?? 0) + (pixels[(y + 1) * side + x] ?? 0)) / 2;
      const rounded = Math.round(Math.min(1, Math.max(0, value)) * levels) / levels;
      line += shades[Math.round(rounded * (shades.length - 1))]!;
    }
    lines.push(line);
  }
  return lines;
}
