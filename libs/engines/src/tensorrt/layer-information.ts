import { OctetError, type LayerTensor } from '@octet/domain';
import { z } from 'zod';
import { dataTypeOf, memoryFormatOf } from './tensor-format.js';
import { parseTolerantJson } from './tolerant-json.js';

/** TensorRT 8 to 10 say `Format/Datatype`; 11 says `Format` and `Datatype` apart (and once `DataType`). */
const tensorSchema = z.object({
  Name: z.string(),
  Dimensions: z.array(z.number()).nullish(),
  'Format/Datatype': z.string().nullish(),
  Format: z.string().nullish(),
  Datatype: z.string().nullish(),
  DataType: z.string().nullish(),
});

const layerSchema = z.object({
  Name: z.string(),
  LayerType: z.string(),
  Inputs: z.array(tensorSchema).default([]),
  Outputs: z.array(tensorSchema).default([]),
  Constants: z.array(tensorSchema).optional(),
  ParameterType: z.string().optional(),
  Origin: z.string().optional(),
  TacticName: z.string().optional(),
  Groups: z.number().optional(),
  Weights: z.object({ Type: z.string(), Count: z.number() }).optional(),
});

const engineSchema = z.object({ Layers: z.array(z.union([layerSchema, z.string()])) });

type RawTensor = z.infer<typeof tensorSchema>;
type RawLayer = z.infer<typeof layerSchema>;

/** One layer as the engine inspector tells it, before times are joined. */
export interface LayerInformation {
  name: string;
  layerType: string;
  parameterType: string | null;
  origin: string | null;
  inputs: LayerTensor[];
  outputs: LayerTensor[];
  kernel: string | null;
  /** Groups of a convolution; null for other layers. */
  groups: number | null;
  weightBytes: number | null;
}

const bytesByType: Readonly<Record<string, number>> = {
  fp32: 4,
  int32: 4,
  fp16: 2,
  bf16: 2,
  int8: 1,
  uint8: 1,
  fp8: 1,
  int4: 0.5,
};

/**
 * Reads `--exportLayerInfo` of trtexec 8.2 to 11 (both schemas). Throws OctetError: the JSON codes of parseTolerantJson,
 * `layers-invalid` for another document, `layers-without-detail` for an engine built without detailed profiling verbosity.
 */
export function parseLayerInformation(text: string, what = 'The layer information'): LayerInformation[] {
  const document = parseTolerantJson(text, what);
  const parsed = engineSchema.safeParse(Array.isArray(document) ? { Layers: document } : document);
  if (!parsed.success) {
    throw new OctetError(
      'layers-invalid',
      `${what} is not TensorRT layer information (${z.prettifyError(parsed.error).split('\n')[0] ?? ''}): give the file of trtexec --exportLayerInfo.`,
    );
  }
  if (parsed.data.Layers.length === 0) {
    throw new OctetError('layers-empty', `${what} lists no layer: export it from an engine that could be loaded.`);
  }
  return parsed.data.Layers.map((layer) => information(layer, what));
}

function information(layer: RawLayer | string, what: string): LayerInformation {
  if (typeof layer === 'string') {
    throw new OctetError(
      'layers-without-detail',
      `${what} holds names only: build the engine with trtexec --profilingVerbosity=detailed and export again.`,
    );
  }
  return {
    name: layer.Name,
    layerType: layer.LayerType,
    parameterType: layer.ParameterType ?? null,
    origin: layer.Origin ?? null,
    inputs: layer.Inputs.map((tensor) => layerTensor(tensor, layer)),
    outputs: layer.Outputs.map((tensor) => layerTensor(tensor, null)),
    kernel: layer.TacticName ?? null,
    groups: layer.Groups ?? null,
    weightBytes: weightBytes(layer),
  };
}

/**
 * Where dynamic shapes hide an input's type (`N/A due to dynamic shapes`), INT8 weights still tell that the kernel reads
 * INT8; without weights the type stays unknown.
 */
function layerTensor(tensor: RawTensor, consumer: RawLayer | null): LayerTensor {
  const words = tensor['Format/Datatype'] ?? null;
  const told = dataTypeOf(tensor.Datatype ?? tensor.DataType ?? words ?? '');
  const byWeights = told === 'other' && consumer?.Weights !== undefined ? dataTypeOf(consumer.Weights.Type) : told;
  const format = tensor.Format ?? words;
  return {
    name: tensor.Name,
    dataType: byWeights === 'int8' ? 'int8' : told,
    format: format === null ? null : memoryFormatOf(format),
    dims: tensor.Dimensions ?? null,
  };
}

function weightBytes(layer: RawLayer): number | null {
  if (layer.Weights !== undefined) {
    const bytes = bytesByType[dataTypeOf(layer.Weights.Type)];
    return bytes === undefined ? null : layer.Weights.Count * bytes;
  }
  return layer.Constants === undefined ? null : constantBytes(layer.Constants);
}

function constantBytes(constants: readonly RawTensor[]): number | null {
  let total = 0;
  for (const constant of constants) {
    const bytes = bytesByType[dataTypeOf(constant.Datatype ?? constant.DataType ?? constant['Format/Datatype'] ?? '')];
    if (bytes === undefined || !Array.isArray(constant.Dimensions)) return null;
    total += constant.Dimensions.reduce((product, size) => product * size, bytes);
  }
  return total;
}
