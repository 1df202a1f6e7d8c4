import type { Bundle, StoredRow, StoredSweep } from '@octet/protocol';

/** A user's model as a point on a sweep's map. */
export interface OwnPoint {
  sha256: string;
  name: string;
  batch: number;
  trialId: string | null;
  /** Mean over its layers with weights. */
  weightsPerLayer: number;
  /** In the unit of the map's input axis. */
  size: number;
  speedup: { median: number; low: number; high: number };
}

interface InspectedLayer {
  opType: string;
  parameters: number;
}

const weighted = new Set(['Conv', 'ConvTranspose', 'MatMul', 'Gemm']);

/**
 * The measured models that belong on a map: those with convolutions on a map of convolutions, those without on one of dense layers.
 * A network is no stack of equal layers, so the place is rough: mean weights of a layer, and the input at the network's entrance.
 * Of a model and batch the newest measured trial counts, with its fastest recipe.
 */
export function ownPoints(
  sweep: Pick<StoredSweep, 'definition' | 'device' | 'runtime'>,
  rows: readonly StoredRow[],
  models: readonly Bundle[],
): OwnPoint[] {
  const points = new Map<string, Dated>();
  const here = rows.filter((row) => row.device.class === sweep.device.class && row.runtime.name === sweep.runtime.name);
  for (const row of here) {
    const place = placeOf(
      row,
      models.find((model) => model.sha256 === row.model.sha256) ?? null,
      sweep.definition.family,
    );
    if (place === null || row.speedup === null) continue;
    const { name, sha256 } = row.model;
    const { batch, trialId, speedup } = row;
    const point = { name, sha256, batch, trialId, speedup, ...place };
    const key = `${sha256} ${batch}`;
    const known = points.get(key);
    const recordedAt = row.recordedAt ?? '';
    if (known === undefined || isNewer({ point, recordedAt }, known)) points.set(key, { point, recordedAt });
  }
  return [...points.values()]
    .map(({ point }) => point)
    .sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }) || a.batch - b.batch);
}

interface Dated {
  point: OwnPoint;
  recordedAt: string;
}

function isNewer(next: Dated, known: Dated): boolean {
  if (next.point.trialId === known.point.trialId) return next.point.speedup.median > known.point.speedup.median;
  return next.recordedAt > known.recordedAt;
}

function placeOf(
  row: StoredRow,
  model: Bundle | null,
  family: StoredSweep['definition']['family'],
): Pick<OwnPoint, 'weightsPerLayer' | 'size'> | null {
  const layers = ((model?.inspection?.['layers'] ?? []) as InspectedLayer[]).filter(
    ({ opType, parameters }) => weighted.has(opType) && parameters > 0,
  );
  if (layers.length === 0) return null;
  const convolutional = layers.some(({ opType }) => opType.startsWith('Conv'));
  if (convolutional !== (family === 'convolution')) return null;
  const size = convolutional ? inputSide(row.shapes) : inputRows(row.shapes);
  const weights = layers.reduce((sum, { parameters }) => sum + parameters, 0);
  return size === null ? null : { weightsPerLayer: weights / layers.length, size };
}

/** Side of the square with as many positions as the largest picture that is fed, all pictures of the batch together. */
function inputSide(shapes: StoredRow['shapes']): number | null {
  const positions = Object.values(shapes).flatMap((dims) =>
    dims.length === 4 ? [dims[0]! * dims[2]! * dims[3]!] : dims.length === 3 ? [dims[0]! * dims[2]!] : [],
  );
  return positions.length === 0 ? null : Math.sqrt(Math.max(...positions));
}

/** Rows that a dense layer sees: every dimension but the last. */
function inputRows(shapes: StoredRow['shapes']): number | null {
  const rows = Object.values(shapes).map((dims) => dims.slice(0, -1).reduce((product, dim) => product * dim, 1));
  return rows.length === 0 ? null : Math.max(...rows);
}
