import type { NodeProto } from 'onnx-buf';
import { plainDomain } from '../model.js';

/** Operators of the standard set, opset 1 to 24 (onnx 1.19, docs/Operators.md), and those that older sets had. */
const standard = new Set(
  `Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization Bernoulli
  BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast CastLike Ceil Celu CenterCropPad Clip Col2Im
  Compress Concat ConcatFromSequence Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumSum DFT DeformConv
  DepthToSpace DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor
  GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample
  GroupNormalization HammingWindow HannWindow HardSigmoid HardSwish Hardmax Identity If ImageDecoder InstanceNormalization
  IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax Loop LpNormalization LpPool MatMul
  MatMulInteger Max MaxPool MaxRoiPool MaxUnpool Mean MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul Multinomial
  Neg NegativeLogLikelihoodLoss NonMaxSuppression NonZero Not OneHot Optional OptionalGetElement OptionalHasElement Or PRelu
  Pad Pow QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN RandomNormal RandomNormalLike RandomUniform
  RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd
  ReduceSum ReduceSumSquare RegexFullMatch Relu Reshape Resize ReverseSequence RoiAlign RotaryEmbedding Round STFT Scan
  Scatter ScatterElements ScatterND Selu SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert
  SequenceLength SequenceMap Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax SoftmaxCrossEntropyLoss Softplus Softsign
  SpaceToDepth Split SplitToSequence Sqrt Squeeze StringConcat StringNormalizer StringSplit Sub Sum Swish Tan Tanh
  TensorScatter TfIdfVectorizer ThresholdedRelu Tile TopK Transpose Trilu Unique Unsqueeze Upsample Where Xor`.split(
    /\s+/,
  ),
);

/** onnxruntime's own operators that this library knows (com.microsoft, ContribOperators.md of 1.23). */
const microsoft = new Set(
  `QuantizeLinear DequantizeLinear QGemm QLinearAdd QLinearMul QLinearSigmoid QLinearLeakyRelu QLinearSoftmax QLinearConcat
  QLinearAveragePool QLinearGlobalAveragePool QLinearReduceMean QLinearWhere QLinearConv DynamicQuantizeMatMul
  DynamicQuantizeLSTM MatMulIntegerToFloat FusedConv FusedGemm FusedMatMul Gelu FastGelu BiasGelu QuickGelu
  SkipLayerNormalization EmbedLayerNormalization Attention MultiHeadAttention QAttention GroupQueryAttention RotaryEmbedding
  SimplifiedLayerNormalization SkipSimplifiedLayerNormalization MatMulNBits ConvTransposeWithDynamicPads NhwcConv NhwcMaxPool
  GridSample Trilu`.split(/\s+/),
);

/** `Conv`, or `com.example.Warp` outside the standard set. */
export function operatorName(node: NodeProto): string {
  const domain = plainDomain(node.domain);
  return domain === '' ? node.opType : `${domain}.${node.opType}`;
}

/** True if no operator of this name is known here: quantisation leaves it in float, and a runtime may refuse it. */
export function isUnknownOperator(node: NodeProto): boolean {
  const domain = plainDomain(node.domain);
  if (domain === '') return !standard.has(node.opType);
  return domain !== 'com.microsoft' || !microsoft.has(node.opType);
}

export function isQdq(node: NodeProto): boolean {
  return node.opType === 'QuantizeLinear' || node.opType === 'DequantizeLinear';
}
