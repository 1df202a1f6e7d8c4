/** Operators kept in float32, and why. */
export const keptOperators: ReadonlyMap<string, string> = new Map([
  ['Softmax', 'sums of exponentials overflow or lose small values in float16'],
  ['LogSoftmax', 'sums of exponentials overflow or lose small values in float16'],
  ['LayerNormalization', 'its variance overflows float16 for inputs above 256'],
  ['InstanceNormalization', 'its variance overflows float16 for inputs above 256'],
  ['GroupNormalization', 'its variance overflows float16 for inputs above 256'],
  ['BatchNormalization', 'its running statistics need float32'],
  ['LpNormalization', 'squares overflow float16 for inputs above 256'],
  ['ReduceSum', 'long sums lose precision in float16'],
  ['ReduceSumSquare', 'squares overflow float16 for inputs above 256'],
  ['ReduceL2', 'squares overflow float16 for inputs above 256'],
  ['Exp', 'overflows float16 above 11'],
  ['Pow', 'powers overflow float16'],
  ['CumSum', 'long sums lose precision in float16'],
  ['Resize', 'its scales and region inputs are float32 by definition'],
  ['Upsample', 'its scales are float32 by definition'],
  ['NonMaxSuppression', 'takes float32 only'],
  ['RoiAlign', 'coordinates above 2048 are not exact in float16'],
  ['TopK', 'float16 turns near scores into ties'],
  ['QuantizeLinear', 'its scale is float32'],
  ['DequantizeLinear', 'its scale is float32'],
  ['DynamicQuantizeLinear', 'takes float32 only'],
  ['MatMulInteger', 'is an integer operator'],
  ['ConvInteger', 'is an integer operator'],
  ['LSTM', 'its state adds up over time'],
  ['GRU', 'its state adds up over time'],
  ['RNN', 'its state adds up over time'],
  ['If', 'bodies of control flow are not rewritten'],
  ['Loop', 'bodies of control flow are not rewritten'],
  ['Scan', 'bodies of control flow are not rewritten'],
  ['RandomNormal', 'makes float32'],
  ['RandomUniform', 'makes float32'],
  ['Range', 'long ranges are not exact in float16'],
]);

/** Largest finite float16. */
export const float16Max = 65_504;

/** Share of a tensor's range that is left unused, since data seen later may lie above those seen now. */
export const headroom = 0.5;
