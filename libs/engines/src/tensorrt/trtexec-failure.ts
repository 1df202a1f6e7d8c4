import { OctetError } from '@octet/domain';
import type { TrtexecOutcome } from './trtexec-process.js';
import { parseTrtexecLog } from './trtexec-log.js';

type Sign = readonly [pattern: RegExp, code: string, advice: string];

/** What trtexec's own words mean; first match wins. */
const signs: readonly Sign[] = [
  [
    /error while loading shared libraries: (\S+?):/,
    'library-missing',
    'A library of TensorRT or CUDA is missing ($1): install it, or add its folder to LD_LIBRARY_PATH.',
  ],
  [
    /driver version is insufficient|CUDA initialization failure with error:? ?35|cudaErrorInsufficientDriver/i,
    'driver-too-old',
    'The GPU driver is too old for this TensorRT: update the driver, or use an older TensorRT.',
  ],
  [
    /no CUDA-capable device|cudaErrorNoDevice|CUDA initialization failure with error:? ?(?:100|999)/i,
    'gpu-not-found',
    'trtexec sees no GPU: check the driver (nvidia-smi) and, in a container, that the GPU is given to it.',
  ],
  [
    /Xid|GPU has fallen off the bus|device lost|unspecified launch failure|illegal memory access|uncorrectable ECC|cudaErrorECCUncorrectable/i,
    'gpu-lost',
    'The GPU failed in the middle: look for Xid in the kernel log (dmesg); reset or replace the GPU before measuring again.',
  ],
  [
    /out of memory|OutOfMemory|Requested amount of GPU memory/i,
    'gpu-out-of-memory',
    'The GPU has not enough memory: use a smaller batch or shape, or free the GPU of other processes.',
  ],
  [
    /not compatible with this version of TensorRT|Version tag does not match|different version of TensorRT|Serialization assertion .*ersion/i,
    'engine-of-other-version',
    'The engine was built by another TensorRT version: build it again here.',
  ],
  [
    /incompatible device|different models? of devices|generated on .*device/i,
    'engine-of-other-class',
    'The engine was built for another GPU: build it again here.',
  ],
  [
    /No space left on device/i,
    'disk-full',
    'There is no space left on the disk: free some, or choose another cache folder.',
  ],
];

/** The codes that a launch without a known cause ends with. */
export interface FailureCodes {
  crashed: string;
  failed: string;
  timeout: string;
}

export const buildCodes: FailureCodes = { crashed: 'build-failed', failed: 'build-failed', timeout: 'build-timeout' };
export const runCodes: FailureCodes = { crashed: 'engine-crashed', failed: 'engine-failed', timeout: 'engine-timeout' };

/** Whether another try may help: a crash or a hang of the process, with no cause that will be there again. */
export function mayRetry(error: unknown): boolean {
  return error instanceof OctetError && (error.code === runCodes.crashed || error.code === runCodes.timeout);
}

/** null for a launch that passed; else why it did not, with the tool's last lines. */
export function failureOf(outcome: TrtexecOutcome, label: string, codes: FailureCodes): OctetError | null {
  if (outcome.ended === 'cancelled') return new OctetError('engine-cancelled', `${label}: cancelled.`);
  const log = parseTrtexecLog(outcome.output);
  if (outcome.ended === 'exit' && outcome.exitCode === 0 && log.outcome === 'passed') return null;
  const details = { details: { lastLines: log.lastLines, errors: log.errors.slice(-5) } };
  if (outcome.ended === 'timeout') {
    const seconds = (outcome.wallMs / 1000).toFixed(1);
    const advice = 'it was ended with its whole process group. Give it more time, or a smaller model.';
    return new OctetError(codes.timeout, `${label}: trtexec did not end within ${seconds} s; ${advice}`, details);
  }
  const sign = signs.find(([pattern]) => pattern.test(outcome.output));
  if (sign !== undefined) return new OctetError(sign[1], `${label}: ${adviceFor(sign, outcome.output)}`, details);
  const said = log.errors.at(-1) ?? log.lastLines.at(-1) ?? 'nothing';
  const how = howItEnded(outcome, log.outcome);
  const code = outcome.ended === 'exit' && log.outcome === 'failed' ? codes.failed : codes.crashed;
  return new OctetError(code, `${label}: trtexec ${how}; it said: ${said.slice(0, 300)}`, details);
}

function adviceFor([pattern, , advice]: Sign, output: string): string {
  return advice.replace('$1', pattern.exec(output)?.[1] ?? 'not named');
}

function howItEnded(outcome: TrtexecOutcome, logged: string): string {
  if (outcome.ended === 'not-started') return 'could not be started';
  if (outcome.ended === 'signal') return `was ended by ${outcome.signalName}`;
  if (logged === 'foreign') return `ended with exit code ${outcome.exitCode} and printed no log of trtexec`;
  return `ended with exit code ${outcome.exitCode}`;
}
