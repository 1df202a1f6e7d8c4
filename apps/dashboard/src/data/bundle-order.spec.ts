import { expect, it } from 'vitest';
import { inBundleOrder } from './bundle-order.js';

const named = (...names: string[]) => names.map((name) => ({ name }));

it('puts the ONNX file first and its weights by name', () => {
  const files = named('net.onnx.data', 'B.bin', 'net.onnx', 'a.bin');
  expect(inBundleOrder(files)).toEqual(named('net.onnx', 'B.bin', 'a.bin', 'net.onnx.data'));
  expect(inBundleOrder(named('Net.ONNX'))).toEqual(named('Net.ONNX'));
});

it('says what to choose where there is no ONNX file, or more than one', () => {
  expect(() => inBundleOrder(named('net.onnx.data'))).toThrow('None of these is an .onnx file');
  expect(() => inBundleOrder(named('a.onnx', 'b.onnx'))).toThrow('one .onnx file at a time');
});
