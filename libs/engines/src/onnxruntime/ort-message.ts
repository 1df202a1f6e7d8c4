const longest = 600;

/**
 * What matters in an ONNX Runtime error: without its status prefix, source positions, function signatures and folders
 * (`/cache/ab/model.onnx` -> `model.onnx`); a full disk, of which it says nothing, is asked for.
 */
export function shortenOrtMessage(message: string): string {
  const short = message
    .replace(/\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g, '')
    .replace(/\/onnxruntime_src\/\S+?:\d+ /g, '')
    .replace(/(?:[\w:]+ )?onnxruntime::[^\n]*?\) (?=\S)/g, '')
    .replace(/(?:\/[\w.@+-]+)+\/([\w.@+-]+)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^Protobuf serialization failed\.?$/, 'The optimised model could not be written: is the disk full?');
  return short.length <= longest ? short : `${short.slice(0, longest)} ...`;
}
