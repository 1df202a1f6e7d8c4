import { engineRoofline, type EnginePotential, type FloatVariant, type Peaks, type Potential } from '@octet/domain';

/** One step from what the instructions promise down to what was measured. */
export interface Ceiling {
  name: string;
  /** INT8's speed over the float variant's. */
  factor: number;
  why: string;
}

/** From the highest ceiling to the measured speed-up; a step that is not known is left out. */
export function ceilingsOf(potential: Potential, float: FloatVariant, measured: number): Ceiling[] {
  const { theory, peaks, peakRatio, speedupAtRoofline } = potential;
  const other = float.toUpperCase();
  const steps: (Ceiling | null)[] = [
    theory.mechanism === null || theory.compute === null
      ? null
      : {
          name: 'By its instructions',
          factor: theory.compute,
          why: `${theory.mechanism} multiplies INT8 at most this much faster than ${other}`,
        },
    peaks === null || peakRatio === null
      ? null
      : {
          name: 'By its peak rates',
          factor: peakRatio,
          why: `${rateText(peaks, 'int8')} in INT8, ${rateText(peaks, float)} in ${other}`,
        },
    speedupAtRoofline === null
      ? null
      : {
          name: 'If every layer of this model were at its bound',
          factor: speedupAtRoofline,
          why: 'the layers that multiply; some wait for memory however fast they multiply',
        },
    { name: 'Measured', factor: measured, why: 'end to end, conversions and overhead included' },
  ];
  return steps.filter((step) => step !== null);
}

function rateText({ teraOps }: Peaks, variant: keyof Peaks['teraOps']): string {
  const rate = teraOps[variant];
  if (rate === null) return '–';
  return rate >= 1 ? `${rate.toPrecision(3)} TOP/s` : `${(1000 * rate).toPrecision(3)} GOP/s`;
}

/** How near both engines come to their layers' bounds, or why nobody can tell. */
export function reachedText(potential: Potential, float: FloatVariant): string {
  const { peaks, float: floatEngine, int8 } = potential;
  if (peaks === null)
    return 'How near the layers come to it is not known: nobody has stated or measured the peak rates of this device.';
  if (floatEngine === null || int8 === null)
    return 'How near the layers come to it is not known: this record lacks the times of its layers or the operations of its model.';
  const [own, other] = [multiplyingReached(int8), multiplyingReached(floatEngine)];
  const cached =
    (own ?? 0) > 1 || (other ?? 0) > 1
      ? ' More than 100 %: their data came from a cache, which is faster than memory, or the peak was measured low on a busy machine.'
      : '';
  return `The layers that multiply reach ${shareText(other)} of their bounds in the ${float.toUpperCase()} engine, ${shareText(own)} in the INT8 engine.${cached}`;
}

/** Layers that only move data are left out: many of them (views, slices) touch less than their tensors hold. */
function multiplyingReached({ layers }: EnginePotential): number | null {
  return engineRoofline(layers.filter(({ operations }) => (operations ?? 0) > 0)).reached;
}

export function shareText(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(0)} %`;
}

/** `1.84 M`: operations of a layer. */
export function operationsText(operations: number | null): string {
  if (operations === null) return '–';
  const [scale, unit] =
    operations >= 1e9 ? [1e9, ' G'] : operations >= 1e6 ? [1e6, ' M'] : operations >= 1e3 ? [1e3, ' k'] : [1, ''];
  return `${Number((operations / scale).toPrecision(3))}${unit}`;
}
