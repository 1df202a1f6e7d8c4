export * from './port.js';
export { createOnnxRuntime, type OnnxRuntimeOptions } from './onnxruntime/ort-runtime.js';
export { createNullRuntime, type NullRuntimeOptions } from './null/null-runtime.js';
export { createScriptedRuntime } from './scripted/scripted-runtime.js';
export { type EngineScript, type Script } from './scripted/script.js';
export { openModel, simplifyModel, type ApartOptions, type ModelSession } from './onnxruntime/float-session.js';
