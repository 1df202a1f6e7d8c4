import { describe, expect, it } from 'vitest';
import { kernelFacts } from './kernel-name.js';
import { layerKind } from './layer-kind.js';
import { dataTypeOf, memoryFormatOf } from './tensor-format.js';

describe('formats', () => {
  it.each([
    ['Row major linear FP32', 'fp32', 'Row major linear'],
    ['Row major linear FP16 format', 'fp16', 'Row major linear'],
    ['Row major Int8 format', 'int8', 'Row major'],
    [
      'Thirty-two wide channel vectorized row major Int8 format',
      'int8',
      'Thirty-two wide channel vectorized row major',
    ],
    ['Four wide channel vectorized row major Int8 format', 'int8', 'Four wide channel vectorized row major'],
    ['Channel major FP16 format where channel % 8 == 0', 'fp16', 'Channel major where channel % 8 == 0'],
    ['Channel major INT8 format where channel % 16 == 0', 'int8', 'Channel major where channel % 16 == 0'],
    ['Row major linear BFloat16 format', 'bf16', 'Row major linear'],
    ['Row major linear UInt8 format', 'uint8', 'Row major linear'],
    ['Row major linear FP32 format (kLINEAR)', 'fp32', 'Row major linear'],
    ['Row major linear FP8 format', 'fp8', 'Row major linear'],
    ['Row major linear BOOL', 'bool', 'Row major linear'],
    ['Row major linear Int64 format', 'int64', 'Row major linear'],
    ['Half', 'fp16', null],
    ['Float', 'fp32', null],
    ['FP8E4M3', 'fp8', null],
    ['FP4E2M1', 'other', 'FP4E2M1'],
    ['N/A due to dynamic shapes', 'other', null],
    ['Unknown format', 'other', null],
  ])('%s', (words, type, format) => {
    expect(dataTypeOf(words)).toBe(type);
    expect(memoryFormatOf(words)).toBe(format);
  });
});

describe('kinds', () => {
  const kind = (layerType: string, name = 'x', timeNs: number | null = null, origin: string | null = null) =>
    layerKind({ name, layerType, parameterType: null, origin }, timeNs);

  it('separates conversions, idle layers and computing', () => {
    expect(['Reformat', 'Shuffle', 'Cast', 'Quantize', 'Dequantize'].map((type) => kind(type))).toEqual(
      Array(5).fill('conversion'),
    );
    expect(['NoOp', 'signal', 'wait', 'shape_call', 'Constant'].map((type) => kind(type))).toEqual(
      Array(5).fill('noop'),
    );
    expect(
      ['CaskConvolution', 'PointWiseV2', 'Myelin', 'gemm', 'Slice', 'CudaSoftMax'].map((type) => kind(type)),
    ).toEqual(Array(6).fill('compute'));
    expect(kind('Constant', 'bias', 2000)).toBe('conversion');
    expect(kind('Scale', 'q', null, 'QDQ')).toBe('conversion');
  });

  it('reads what Myelin fused from the names it gives', () => {
    expect(kind('kgen', '__myl_MoveReshTran_myl3_7')).toBe('conversion');
    expect(kind('kgen', '__myl_CastMulAdd_myl0_3')).toBe('compute');
    expect(kind('kgen', '_gemm_mha_v2_myl0_4')).toBe('compute');
    expect(kind('kgen', '\n"')).toBe('compute');
  });
});

describe('kernels', () => {
  it.each([
    [
      'sm80_xmma_fprop_implicit_gemm_interleaved_i8i8_i8i32_f32_nchw_vect_c_32kcrs_vect_c_32_nchw_vect_c_32_tilesize96x128x64_stage3_warpsize2x2x1_g1_tensor16x8x32',
      { sm: 80, unit: 'tensor-core', tensorCores: 'ampere', operand: 'int8' },
    ],
    [
      'ampere_fp32_icudnn_int8x4_128x64_relu_medium_nn_v1',
      { sm: 80, unit: 'dp4a', tensorCores: null, operand: 'int8' },
    ],
    [
      'ampere_h16816cudnn_128x64_sliced1x2_ldg8_relu_exp_stages_64x3_small_nhwc_tn_v1',
      { sm: 80, unit: 'tensor-core', tensorCores: 'ampere', operand: 'fp16' },
    ],
    [
      'volta_h884cudnn_256x64_ldg8_relu_exp_small_nhwc_tn_v1',
      { sm: 70, unit: 'tensor-core', tensorCores: 'volta', operand: 'fp16' },
    ],
    [
      'turing_int8_i8816cudnn_int8_256x128_ldg16_relu_interior_nt_v1',
      { sm: 75, unit: 'tensor-core', tensorCores: 'turing', operand: 'int8' },
    ],
    [
      'sm75_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc_tilesize128x128x32_stage1_warpsize2x2x1_g1_tensor16x8x8_t1r1s1',
      { sm: 75, unit: 'tensor-core', tensorCores: 'turing', operand: 'fp16' },
    ],
    [
      'sm90_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc_tilesize128x64x64_cgasize4x1x1_warpgroupsize1x1x1_g1',
      { sm: 90, unit: 'tensor-core', tensorCores: 'hopper', operand: 'fp16' },
    ],
    [
      'sm80_xmma_fprop_implicit_gemm_indexed_f32f32_tf32f32_f32_nhwckrsc_nhwc_tilesize64x64x64_stage4_warpsize2x2x1_g1_tensor16x8x8',
      { sm: 80, unit: 'tensor-core', tensorCores: 'ampere', operand: 'tf32' },
    ],
    [
      'sm80_xmma_fprop_implicit_gemm_f32f32_f32f32_f32_nhwckrsc_nhwc_tilesize32x32x8_stage3_warpsize1x2x1_g1_ffma_aligna4_alignc4',
      { sm: 80, unit: 'cuda-core', tensorCores: null, operand: 'fp32' },
    ],
    ['__myl_Quan_0xdeadbeef', { sm: null, unit: null, tensorCores: null, operand: null }],
  ])('%s', (name, facts) => {
    expect(kernelFacts(name)).toEqual(facts);
  });
});
