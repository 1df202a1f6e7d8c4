import type { Command } from 'commander';

/** Each command adds itself to the program. */
export type RegisterCommand = (program: Command) => void;

interface CommandFile {
  /** First words on the command line that it answers to. */
  names: readonly string[];
  load: () => Promise<RegisterCommand>;
}

/** In the order of the help. Files that add to a command of another file stand behind it. */
const files: readonly CommandFile[] = [
  { names: ['bench'], load: async () => (await import('./bench.js')).registerBench },
  { names: ['models'], load: async () => (await import('./models.js')).registerModels },
  { names: ['submit'], load: async () => (await import('./submit.js')).registerSubmit },
  { names: ['status', 'cancel'], load: async () => (await import('./status.js')).registerStatus },
  { names: ['verdicts'], load: async () => (await import('./verdicts.js')).registerVerdicts },
  { names: ['agents'], load: async () => (await import('./agents.js')).registerAgents },
  { names: ['agent'], load: async () => (await import('./agent.js')).registerAgent },
  { names: ['rollout'], load: async () => (await import('./rollout.js')).registerRollout },
  { names: ['explain'], load: async () => (await import('./explain.js')).registerExplain },
  { names: ['import'], load: async () => (await import('./import.js')).registerImport },
  { names: ['up'], load: async () => (await import('./up.js')).registerUp },
  { names: ['demo'], load: async () => (await import('./demo.js')).registerDemo },
  { names: ['sweep'], load: async () => (await import('./sweep.js')).registerSweep },
  { names: ['noise'], load: async () => (await import('./noise.js')).registerNoise },
  { names: ['capabilities'], load: async () => (await import('./capabilities.js')).registerCapabilities },
  { names: ['plan'], load: async () => (await import('./plan.js')).registerPlan },
  { names: ['quantize'], load: async () => (await import('./quantize.js')).registerQuantize },
  { names: ['accuracy'], load: async () => (await import('./accuracy.js')).registerAccuracy },
  { names: ['demo'], load: async () => (await import('./demo-mnist.js')).registerDemoMnist },
  { names: ['export'], load: async () => (await import('./export.js')).registerExport },
  { names: ['rerun'], load: async () => (await import('./rerun.js')).registerRerun },
  { names: ['models'], load: async () => (await import('./models-inspect.js')).registerModelsInspect },
];

/** What the command line's first word needs; all commands where no file answers to it (help, a name with a fault). */
export async function commandsFor(word: string | undefined): Promise<RegisterCommand[]> {
  const fitting = files.filter(({ names }) => word !== undefined && names.includes(word));
  return Promise.all((fitting.length > 0 ? fitting : files).map(({ load }) => load()));
}
