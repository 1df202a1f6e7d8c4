import type { RuntimeProbe, TrialSpec } from '@octet/domain';
import type { Model } from '@octet/onnx';
import type { HeldOutSplit, QuantizationTarget } from '@octet/quantization';
import type { TrialDeps } from '../deps.js';
import type { ProgressTeller } from '../progress.js';
import type { TrialInputs } from './trial-inputs.js';

/** What every variant of a trial is made from. */
export interface RewriteSource {
  spec: TrialSpec;
  deps: TrialDeps;
  probe: RuntimeProbe;
  /** As the user gave it. */
  model: Model;
  inputs: TrialInputs & { split: HeldOutSplit };
  progress: ProgressTeller;
}

/** The form of INT8 that the trial's runtime takes on its device. */
export function targetOf({ runtime, device }: TrialDeps): QuantizationTarget {
  if (runtime.name === 'tensorrt') return 'tensorrt';
  return device.kind === 'cpu' ? 'onnxruntime-cpu' : 'onnxruntime-cuda';
}
