export * from './port.js';
export { createOnnxRuntime, type OnnxRuntimeOptions } from './onnxruntime/ort-runtime.js';
export { createNullRuntime, type NullRuntimeOptions } from './null/null-runtime.js';
export { createScriptedRuntime } from './scripted/scripted-runtime.js';
export { type EngineScript, type Script } from './scripted/script.js';
export { openModel, simplifyModel, type ApartOptions, type ModelSession } from './onnxruntime/float-session.js';
export { explain, type ExplainedLayer, type Explanation, type ExplainOptions } from './tensorrt/explain.js';
export { noExports, type EngineExports, type IncompleteBuild } from './tensorrt/engine-exports.js';
export { readExportsFolder, readVariantFolders } from './tensorrt/exports-folder.js';
