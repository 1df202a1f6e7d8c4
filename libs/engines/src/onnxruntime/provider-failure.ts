import type { OrtProvider, Refusal } from '@octet/domain';
import { shortenOrtMessage } from './ort-message.js';

/** What the process said that tried a provider. */
export interface ProviderTrial {
  provider: OrtProvider;
  /** The error that the session ended with, or how the process ended. */
  message: string;
  /** The last lines that it printed: the runtime names a library that does not load only there. */
  said: readonly string[];
}

/** Which package a missing library belongs to; first match wins. */
const owners: readonly (readonly [RegExp, string])[] = [
  [
    /^libcuda\.so/,
    'it comes with the NVIDIA driver: install the driver, or give the GPU to the container (--gpus all)',
  ],
  [/^libcudnn/, 'it is part of cuDNN'],
  [/^libnvinfer|^libnvonnxparser/, 'it is part of TensorRT, of the major version in its name'],
  [/^lib(?:cublas|cublasLt|cudart|cufft|curand|nvrtc)\b/, 'it is part of CUDA, of the major version in its name'],
];

/** Causes that the runtime or CUDA name themselves. */
const signs: readonly (readonly [RegExp, Refusal])[] = [
  [
    /driver version is insufficient|CUDA failure 35\b/i,
    {
      code: 'driver-too-old',
      message: 'the GPU driver is too old for the CUDA that it was built for: update the driver',
    },
  ],
  [
    /no CUDA-capable device|CUDA failure 100\b|invalid device ordinal|CUDA failure 101\b/i,
    {
      code: 'gpu-not-found',
      message: 'it sees no GPU: check the driver (nvidia-smi) and, in a container, that the GPU is given to it',
    },
  ],
  [
    /no kernel image is available|CUDA failure 209\b/i,
    { code: 'gpu-not-supported', message: 'it has no code for this GPU: take an older or newer ONNX Runtime' },
  ],
];

/** Why a provider of ONNX Runtime does not run here, and what to do about it. */
export function providerFailure({ provider, message, said }: ProviderTrial): Refusal {
  const text = [...said, message].join('\n');
  const library = /with error: (?:.*\/)?([\w.+-]+\.so[\w.]*|[\w.+-]+\.dll): cannot open shared object/.exec(text)?.[1];
  const subject = `ONNX Runtime's ${provider} provider does not start`;
  if (library !== undefined) return { code: 'library-missing', message: `${subject}: ${libraryAdvice(library)}.` };
  const sign = signs.find(([pattern]) => pattern.test(text));
  if (sign !== undefined) return { code: sign[1].code, message: `${subject}: ${sign[1].message}.` };
  const reason = /Failed to load library \S+ with error: ([^\n]+)/.exec(text)?.[1] ?? message;
  return {
    code: 'provider-failed',
    message: `${subject}: ${shortenOrtMessage(reason)} Its libraries must be of this version of ONNX Runtime.`,
  };
}

/** Why a provider is not even tried: its libraries are not beside ONNX Runtime's own. */
export function librariesMissing(provider: OrtProvider, missing: readonly string[], folder: string): Refusal {
  return {
    code: 'provider-missing',
    message: `ONNX Runtime's ${provider} provider is not here: put ${missing.join(', ')} of the same version (Python's onnxruntime-gpu holds them, in capi/) into ${folder}.`,
  };
}

function libraryAdvice(library: string): string {
  const owner = owners.find(([pattern]) => pattern.test(library))?.[1] ?? 'nothing here brings it';
  const folder = library.startsWith('libcuda.so') ? '' : '; install it, or add its folder to LD_LIBRARY_PATH';
  return `${library} is missing (${owner})${folder}`;
}
