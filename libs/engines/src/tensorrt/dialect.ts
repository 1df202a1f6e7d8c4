import { compareVersions, parseVersion, type Refusal } from '@octet/domain';

/** What trtexec of one version understands. Each field names the sources it was read from. */
export interface Dialect {
  /** `8.5`: the first version that speaks it. */
  since: string;
  /** `--buildOnly` until 8.5; 8.6 calls it `--skipInference`, 10.0 knows only that. */
  buildOnlyFlag: '--buildOnly' | '--skipInference';
  /** `--streams` until 8.5, `--infStreams` from 8.6 on. */
  streamsFlag: '--streams' | '--infStreams';
  /** `--plugins` until 8.5, `--staticPlugins` from 8.6 on. */
  pluginsFlag: '--plugins' | '--staticPlugins';
  /** From 8.6 on. */
  builderOptimizationLevel: boolean;
  /** `--fp16 --int8 --calib` until 10; 11 takes precision from the model only. */
  precisionFlags: boolean;
  /** `--bf16` of 9 and 10. */
  bf16Flag: boolean;
  /** Explicit Q/DQ on a DLA: not before 9. */
  explicitInt8OnDla: boolean;
  /** INT64 inputs as they are: from 10 on; before, the parser casts them to INT32. */
  int64Inputs: boolean;
  /** 11 measures with CUDA graph, spin wait and no transfers by default, with a separate profile run. */
  measuringDefaults: boolean;
}

const first: Dialect = {
  since: '8.4',
  buildOnlyFlag: '--buildOnly',
  streamsFlag: '--streams',
  pluginsFlag: '--plugins',
  builderOptimizationLevel: false,
  precisionFlags: true,
  bf16Flag: false,
  explicitInt8OnDla: false,
  int64Inputs: false,
  measuringDefaults: false,
};
const v86: Dialect = {
  ...first,
  since: '8.6',
  buildOnlyFlag: '--skipInference',
  streamsFlag: '--infStreams',
  pluginsFlag: '--staticPlugins',
  builderOptimizationLevel: true,
};
const v9: Dialect = { ...v86, since: '9.0', bf16Flag: true, explicitInt8OnDla: true };
const v10: Dialect = { ...v9, since: '10.0', int64Inputs: true };
const v11: Dialect = { ...v10, since: '11.0', precisionFlags: false, bf16Flag: false, measuringDefaults: true };

/**
 * Oldest first. Read from samples/common/sampleOptions.cpp of github.com/NVIDIA/TensorRT at tags 8.4.1, 8.5.3, v8.6.1, v9.3.0,
 * v10.0.0, v10.1.0, v10.8.0, v10.16, v11.0 and v11.1 (which flags are parsed, which are deprecated or without effect).
 */
export const dialects: readonly Dialect[] = [first, v86, v9, v10, v11];
/** The first version whose command line nobody has read yet. */
const unread = [12];

/** The dialect of a version, or why it is refused; `force` takes the nearest one. */
export function dialectOf(version: string, force = false): Dialect | Refusal {
  const parsed = parseVersion(version);
  if (parsed === null) return refusal(version, 'it is not a version number');
  const known = dialects.findLast((dialect) => compareVersions(parsed, parseVersion(dialect.since) ?? []) >= 0);
  if (known !== undefined && compareVersions(parsed, unread) < 0) return known;
  if (force) return known ?? first;
  return refusal(version, known === undefined ? 'older than 8.4' : 'newer than 11');
}

export function isRefusal(answer: object): answer is Refusal {
  return 'code' in answer && 'message' in answer;
}

function refusal(version: string, why: string): Refusal {
  return {
    code: 'runtime-version-unknown',
    message: `The flags of trtexec ${version} are not known (${why}; known: 8.4 to 11): install a known version, or force the nearest one.`,
  };
}
