import type { LayerAccuracy } from '@octet/domain';

/** A layer with what it lost against the one before it. */
export interface LayerFall extends LayerAccuracy {
  /** From 1, in order of execution. */
  order: number;
  /** Fall of the SQNR against the layer before; below 0 where it rose (an addition averages errors out). dB. */
  lostDb: number;
  /** SQNR within what a chart can show: exact copies have no finite one. dB. */
  shownDb: number;
}

/** Beyond this, errors are below those of FP32 itself. */
const mostShownDb = 100;

/** Falls are counted on the shown scale: from an exact copy to 40 dB nothing sharp happened, whatever the number. */
export function layerFalls(layers: readonly LayerAccuracy[]): LayerFall[] {
  const shown = layers.map(({ sqnrDb }) => Math.max(-mostShownDb, Math.min(mostShownDb, sqnrDb)));
  return layers.map((layer, index) => ({
    ...layer,
    order: index + 1,
    shownDb: shown[index]!,
    lostDb: index === 0 ? 0 : Math.min(usualDb, shown[index - 1]!) - Math.min(usualDb, shown[index]!),
  }));
}

/** SQNR that 8 bits can have: 6.02 dB a bit and 1.76 dB, for a full-scale sine (Bennett, 1948). What lies above is no loss. */
const usualDb = 50;
