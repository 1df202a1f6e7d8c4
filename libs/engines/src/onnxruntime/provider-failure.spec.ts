import { describe, expect, it } from 'vitest';
import { librariesMissing, providerFailure } from './provider-failure.js';

/** As onnxruntime-node 1.30.0 printed it, with the provider libraries of onnxruntime-gpu 1.30.0 beside it. */
const said = (library: string, error: string): string[] => [
  `2026-11-26 00:41:07.535698323 [E:onnxruntime:onnxruntime-node, provider_bridge_ort.cc:2146 Create] /onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library /opt/octet/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/${library} with error: ${error}`,
];
const message = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';
const notThere = 'cannot open shared object file: No such file or directory';

describe('providerFailure', () => {
  it.each([
    ['libcublasLt.so.13', 'part of CUDA, of the major version in its name', 'LD_LIBRARY_PATH'],
    ['libcudnn.so.9', 'part of cuDNN', 'LD_LIBRARY_PATH'],
    ['libnvinfer.so.10', 'part of TensorRT', 'LD_LIBRARY_PATH'],
    ['libcuda.so.1', 'comes with the NVIDIA driver', '--gpus all'],
    ['libsomething.so.3', 'nothing here brings it', 'LD_LIBRARY_PATH'],
  ])('names %s and where it comes from', (library, owner, remedy) => {
    const lines = said('libonnxruntime_providers_cuda.so', `${library}: ${notThere}`);
    const refusal = providerFailure({ provider: 'cuda', message, said: lines });
    expect(refusal.code).toBe('library-missing');
    expect(refusal.message).toContain(`${library} is missing`);
    expect(refusal.message).toContain(owner);
    expect(refusal.message).toContain(remedy);
  });

  it('names a provider library that went between the look and the try', () => {
    const path = `/opt/octet/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_shared.so: ${notThere}`;
    const lines = said('libonnxruntime_providers_shared.so', path);
    const refusal = providerFailure({ provider: 'cuda', message, said: lines });
    expect(refusal.message).toContain('libonnxruntime_providers_shared.so is missing');
  });

  it.each([
    ['CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version', 'driver-too-old'],
    ['CUDA failure 100: no CUDA-capable device is detected ; GPU=-1', 'gpu-not-found'],
    ['CUDA failure 209: no kernel image is available for execution on the device', 'gpu-not-supported'],
  ])('knows what %s means', (text, code) => {
    expect(providerFailure({ provider: 'cuda', message: text, said: [] }).code).toBe(code);
  });

  it('passes on what it does not know, shortened', () => {
    const lines = said(
      'libonnxruntime_providers_cuda.so',
      '/opt/octet/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so: undefined symbol: cuTensorMapEncodeTiled',
    );
    expect(providerFailure({ provider: 'cuda', message, said: lines })).toEqual({
      code: 'provider-failed',
      message:
        "ONNX Runtime's cuda provider does not start: libonnxruntime_providers_cuda.so: undefined symbol: cuTensorMapEncodeTiled Its libraries must be of this version of ONNX Runtime.",
    });
    const crashed = { provider: 'tensorrt' as const, message: 'the measuring process was ended by SIGSEGV.', said: [] };
    expect(providerFailure(crashed).message).toContain('ended by SIGSEGV');
  });
});

it('says which files to put where', () => {
  const refusal = librariesMissing('cuda', ['libonnxruntime_providers_cuda.so'], '/opt/ort');
  expect(refusal.code).toBe('provider-missing');
  expect(refusal.message).toContain('put libonnxruntime_providers_cuda.so of the same version');
  expect(refusal.message).toContain('into /opt/ort');
});
