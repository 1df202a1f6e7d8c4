import { describeRuntimeContract } from '../contract.js';
import { createNullRuntime } from './null-runtime.js';

const inputs = { x: { dataType: 'float32' as const, dims: [1, 4], data: new Float32Array(4) } };
const given = { modelPath: () => 'no-model-is-read.onnx', inputs, outputs: null, profiles: false };

describeRuntimeContract('null', { ...given, create: () => createNullRuntime() });
