import { describe, expect, it } from 'vitest';
import { shortenOrtMessage } from './ort-message.js';

/** As ONNX Runtime 1.30.0 said them. */
describe('shortenOrtMessage', () => {
  it.each([
    [
      'Load model from /var/cache/ab/text.onnx failed:Protobuf parsing failed.',
      'Load model from text.onnx failed:Protobuf parsing failed.',
    ],
    [
      'Load model from /var/cache/empty.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:187 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&, const onnxruntime::IOnnxRuntimeOpSchemaRegistryList*, const onnxruntime::logging::Logger&, const onnxruntime::ModelOptions&) ModelProto does not have a graph.\n',
      'Load model from empty.onnx failed:ModelProto does not have a graph.',
    ],
    [
      'Load model from /x/bad.onnx failed:This is an invalid model. In Node, ("dense", MatXul, "", -1) : ("xd": tensor(float),"wd": tensor(float),) -> ("yr",) , Error No Op registered for MatXul with domain_version of 17',
      'Load model from bad.onnx failed:This is an invalid model. In Node, ("dense", MatXul, "", -1) : ("xd": tensor(float),"wd": tensor(float),) -> ("yr",) , Error No Op registered for MatXul with domain_version of 17',
    ],
    [
      'Got invalid dimensions for input: x for the following indices\n index: 0 Got: 3 Expected: 64\n Please fix either the inputs/outputs or the model.',
      'Got invalid dimensions for input: x for the following indices index: 0 Got: 3 Expected: 64 Please fix either the inputs/outputs or the model.',
    ],
    ['Protobuf serialization failed.', 'The optimised model could not be written: is the disk full?'],
  ])('%s', (said, short) => {
    expect(shortenOrtMessage(said)).toBe(short);
  });

  it('ends a message that goes on for ever', () => {
    expect(shortenOrtMessage('word '.repeat(1000)).length).toBeLessThan(700);
  });
});
