import type { LayerWork, TrialSpec } from '@octet/domain';
import type { TrialDeps } from './deps.js';
import type { PlannedEngine } from './plan-engines.js';
import type { TrialInputs } from './prepare/trial-inputs.js';
import type { VariantModel } from './prepare/variant-model.js';
import type { ProgressTeller } from './progress.js';

/** What every stage of a trial works from. */
export interface TrialSource {
  spec: TrialSpec;
  deps: TrialDeps;
  inputs: TrialInputs;
  progress: ProgressTeller;
  /** Of the model's layers that multiply; null where nothing is executed. */
  work: LayerWork[] | null;
  /** The ONNX file that a variant is built from. */
  variantModel: (engine: PlannedEngine) => Promise<VariantModel>;
}
