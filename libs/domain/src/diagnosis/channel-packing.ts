import type { ClassedLayer, LayerTensor } from '../layer.js';

const widths: Readonly<Record<string, number>> = { two: 2, four: 4, eight: 8, sixteen: 16, 'thirty-two': 32 };

/** An engine has thousands of tensors in a handful of formats. */
const knownFormats = new Map<string, number>();

/** Channels that a memory format packs together; 1 where it packs none. TensorRT's words (`Thirty-two wide channel ...`, `channel % 8 == 0`) and short names (`NC/32HW32`, `CHW32`). */
export function packedChannels(format: string | null): number {
  if (format === null) return 1;
  let packed = knownFormats.get(format);
  if (packed === undefined) {
    packed = readPacking(format);
    knownFormats.set(format, packed);
  }
  return packed;
}

function readPacking(text: string): number {
  const word = /^([\w-]+) wide channel/i.exec(text)?.[1]?.toLowerCase();
  if (word !== undefined) return widths[word] ?? 1;
  const digits =
    /channel % (\d+) == 0/i.exec(text)?.[1] ?? /NC\/(\d+)HW/i.exec(text)?.[1] ?? /^CHW(\d+)/i.exec(text)?.[1];
  return digits === undefined ? 1 : Number(digits);
}

export interface Padding {
  tensor: string;
  channels: number;
  packed: number;
  /** Share of the packed channels that hold nothing, 0 to 1. */
  padding: number;
}

/** How a tensor's channels (dimension 1) fill its format; null where nothing is packed or the shape is not known. */
export function paddingOf(tensor: LayerTensor): Padding | null {
  const channels = tensor.dims?.[1];
  const packed = packedChannels(tensor.format);
  if (channels === undefined || channels <= 0 || packed <= 1) return null;
  return { tensor: tensor.name, channels, packed, padding: 1 - channels / (Math.ceil(channels / packed) * packed) };
}

/** The worst filled INT8 tensor of a layer; null if none is padded. */
export function worstPadding(layer: ClassedLayer): Padding | null {
  let worst: Padding | null = null;
  for (const tensors of [layer.inputs, layer.outputs]) {
    for (const tensor of tensors) {
      if (tensor.dataType !== 'int8' && tensor.dataType !== 'uint8') continue;
      const padding = paddingOf(tensor);
      if (padding !== null && padding.padding > (worst?.padding ?? 0)) worst = padding;
    }
  }
  return worst;
}
