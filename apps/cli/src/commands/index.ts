import type { Command } from 'commander';
import { registerAccuracy } from './accuracy.js';
import { registerAgent } from './agent.js';
import { registerAgents } from './agents.js';
import { registerExplain } from './explain.js';
import { registerImport } from './import.js';
import { registerBench } from './bench.js';
import { registerCapabilities } from './capabilities.js';
import { registerModels } from './models.js';
import { registerModelsInspect } from './models-inspect.js';
import { registerNoise } from './noise.js';
import { registerExport } from './export.js';
import { registerRerun } from './rerun.js';
import { registerPlan } from './plan.js';
import { registerRollout } from './rollout.js';
import { registerStatus } from './status.js';
import { registerSubmit } from './submit.js';
import { registerSweep } from './sweep.js';
import { registerUp } from './up.js';
import { registerVerdicts } from './verdicts.js';
import { registerDemo } from './demo.js';
import { registerDemoMnist } from './demo-mnist.js';
import { registerQuantize } from './quantize.js';

/** Each command adds itself to the program; its heavy imports happen in its action. */
export type RegisterCommand = (program: Command) => void;

export const commands: readonly RegisterCommand[] = [
  registerBench,
  registerModels,
  registerSubmit,
  registerStatus,
  registerVerdicts,
  registerAgents,
  registerAgent,
  registerRollout,
  registerExplain,
  registerImport,
  registerUp,
  registerDemo,
  registerSweep,
  registerNoise,
  registerCapabilities,
  registerPlan,
  registerQuantize,
  registerAccuracy,
  registerDemoMnist,
  registerExport,
  registerRerun,
  registerModelsInspect,
];
