import type { GpuDevice } from '../device.js';
import { recipeDefaults, type FloatVariant, type QuantizationRecipe, type Variant } from '../recipe.js';
import { smOrder } from './gpu-capability.js';
import { gpuTable, type GpuCapability } from './gpu-table.js';
import { supports, type SupportAnswer } from './support.js';

/** TensorRT versions that the generated table asks about: every minor release from 8.4 to 11.1. */
export const tableVersions: readonly string[] = [
  '8.4',
  '8.5',
  '8.6',
  '9.0',
  '9.1',
  '9.2',
  '9.3',
  ...Array.from({ length: 17 }, (_, minor) => `10.${minor}`),
  '11.0',
  '11.1',
];

/** The columns of the table: the variants, INT8 by both placements, and explicit INT8 with its rest in a float that is asked for. */
export const tableColumns = [
  'fp32',
  'tf32',
  'fp16',
  'bf16',
  'int8 explicit',
  'int8 implicit',
  'rest tf32',
  'rest fp16',
  'rest bf16',
] as const;

/** One row: an architecture, and the TensorRT versions (first, last) that answer alike. */
export interface SupportTableRow {
  sm: string;
  example: string;
  from: string;
  to: string;
  /** One answer for each of `tableColumns`. */
  answers: SupportAnswer[];
}

/** Every decision SM 5.0 to 12.1 x TensorRT 8.4 to 11.1, from the same function that decides a matrix's cells. */
export function supportTable(): SupportTableRow[] {
  const rows = [...gpuTable].sort((a, b) => smOrder(a.sm) - smOrder(b.sm));
  return rows.flatMap(rowsOf);
}

function rowsOf(capability: GpuCapability): SupportTableRow[] {
  const rows: SupportTableRow[] = [];
  for (const version of tableVersions) {
    const answers = tableColumns.map((column) => answerFor(capability, version, column));
    const last = rows.at(-1);
    if (last !== undefined && alike(last.answers, answers)) last.to = version;
    else rows.push({ sm: capability.sm, example: capability.example, from: version, to: version, answers });
  }
  return rows;
}

function alike(a: readonly SupportAnswer[], b: readonly SupportAnswer[]): boolean {
  return a.every((answer, index) => {
    const other = b[index];
    return (
      other !== undefined &&
      (answer.ok ? other.ok && answer.warnings.length === other.warnings.length : sameCode(answer, other))
    );
  });
}

function sameCode(a: Extract<SupportAnswer, { ok: false }>, b: SupportAnswer): boolean {
  return !b.ok && a.code === b.code;
}

function answerFor(capability: GpuCapability, version: string, column: (typeof tableColumns)[number]): SupportAnswer {
  const runtime = { name: 'tensorrt', version, providers: [] };
  const recipe = recipeOf(column);
  const variant = recipe === null ? (column as Variant) : 'int8';
  return supports(deviceOf(capability), runtime, variant, recipe);
}

/** null for the columns of float variants. */
function recipeOf(column: (typeof tableColumns)[number]): QuantizationRecipe | null {
  switch (column) {
    case 'int8 explicit':
      return { ...recipeDefaults, placement: 'explicit' };
    case 'int8 implicit':
      return { ...recipeDefaults, placement: 'implicit' };
    case 'rest tf32':
    case 'rest fp16':
    case 'rest bf16':
      return { ...recipeDefaults, placement: 'explicit', rest: column.slice('rest '.length) as FloatVariant };
    default:
      return null;
  }
}

function deviceOf({ sm, example }: GpuCapability): GpuDevice {
  return {
    kind: 'gpu',
    id: 'table',
    name: example,
    architecture: `sm_${Number(sm.replace('.', ''))}`,
    memoryBytes: 0,
    powerLimitW: null,
    powerMode: null,
    driverVersion: null,
    index: 0,
    mig: false,
  };
}
