import { fork } from 'node:child_process';
import { gpuModeIds } from '@octet/domain';
import type { Command } from 'commander';
import { nodeBoundToParent } from '@octet/services';
import { agentEnvironment, type RawAgentOptions } from '../agent-options.js';
import { exitCodes } from '../output.js';
import { builtEntry } from '../supervisor/project.js';

export function registerAgent(program: Command): void {
  program
    .command('agent')
    .description('measure here for a controller: offer the devices of this machine and run its trials')
    .option('--controller <url>', 'address of the controller (OCTET_CONTROLLER_URL)')
    .option(
      '--token-file <file>',
      'copy of the controller’s agent.token (OCTET_AGENT_TOKEN_FILE, or OCTET_AGENT_TOKEN)',
    )
    .option('--name <name>', 'what the fleet calls this machine; its host name without it')
    .option('--data-dir <folder>', 'where caches and undelivered results lie')
    .option('--threads <n>', 'CPU threads of each engine')
    .option(
      '--runtimes <list>',
      'onnxruntime, tensorrt, onnxruntime-cuda, onnxruntime-tensorrt; all that are found without it',
    )
    .option('--modes <list>', `GPU: measure the final pair as well in ${gpuModeIds.join(', ')}; all or none`)
    .option('--builds <n>', 'TensorRT: independent builds where the gain is under 10 %; 1: none')
    .option('--int8-borders', 'TensorRT: measure with INT8 inputs and outputs too')
    .option('--build-limit <s>', 'seconds after which a build is given up')
    .option('--tactic-sources <list>', 'TensorRT: as trtexec takes it, e.g. -CUDNN,-CUBLAS,-CUBLAS_LT')
    .option('--builder-level <n>', 'TensorRT 8.6 and newer: --builderOptimizationLevel')
    .option('--plugin <file...>', 'TensorRT: plugin libraries to load, and none beside them; their hashes are recorded')
    .option('--timing-cache <folder>', 'TensorRT: folder of the timing caches; off: none')
    .option('--lock-clocks [mhz]', 'GPU: lock the SM clock while measuring (needs permission; always undone)')
    .action(async (raw: RawAgentOptions) => {
      process.exitCode = await runAgent({ ...process.env, ...agentEnvironment(raw) });
    });
}

/** The agent in a process of its own, which gets this one's signals and whose end is this one's. Resolves to its exit code. */
function runAgent(env: NodeJS.ProcessEnv): Promise<number> {
  const child = fork(builtEntry('agent'), [], {
    ...nodeBoundToParent(['--enable-source-maps']),
    stdio: 'inherit',
    env,
  });
  // A terminal's Ctrl-C reaches both: the agent hears it by itself.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? exitCodes.failed));
  });
}
