import type { Dim } from '../build.js';

function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  if (b === 1 || a === b) return a;
  // A size other than 1 decides: the other must equal it or be 1.
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : null;
}

/** Multidirectional broadcasting (ONNX "Broadcasting in ONNX"); null if one rank is unknown. */
export function broadcast(a: readonly Dim[] | null, b: readonly Dim[] | null): Dim[] | null {
  if (a === null || b === null) return null;
  const rank = Math.max(a.length, b.length);
  const at = (dims: readonly Dim[], axis: number): Dim => {
    const own = axis - (rank - dims.length);
    return own < 0 ? 1 : (dims[own] ?? null);
  };
  return Array.from({ length: rank }, (_, axis) => broadcastDim(at(a, axis), at(b, axis)));
}
