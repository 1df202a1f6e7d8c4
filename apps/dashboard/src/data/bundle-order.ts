import { ApiError } from './api.js';

/**
 * The order in which a model's files are hashed and stored, as `octet models add` has it: the ONNX file, then the files that hold
 * its weights by name (code unit order). @throws ApiError unless exactly one is an ONNX file.
 */
export function inBundleOrder<T extends { name: string }>(files: readonly T[]): T[] {
  const isModel = ({ name }: T) => /\.onnx$/i.test(name);
  const [model, ...others] = files.filter(isModel);
  if (model === undefined)
    throw new ApiError(
      'no-onnx-file',
      'None of these is an .onnx file. Choose it together with the files that hold its weights.',
    );
  if (others.length > 0)
    throw new ApiError('several-onnx-files', 'Choose one .onnx file at a time, with the files that hold its weights.');
  const weights = files.filter((file) => !isModel(file));
  return [model, ...weights.sort((a, b) => (a.name < b.name ? -1 : 1))];
}
