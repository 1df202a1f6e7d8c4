import { classify, median, OctetError, type ClassedLayer } from '@octet/domain';
import { joinLayers } from './join-layers.js';
import { parseLayerInformation, type LayerInformation } from './layer-information.js';
import { parseLayerProfile } from './layer-profile.js';
import { parseRunTimes } from './run-times.js';
import { metadataDevice } from './run-metadata.js';
import { parseTrtexecLog, type LoggedDevice, type TrtexecLog } from './trtexec-log.js';

/** Texts of what trtexec exported for one engine; null for what is not there. */
export interface EngineExports {
  layers: string | null;
  profile: string | null;
  times: string | null;
  /** Times of a run without CUDA graph. */
  timesWithoutGraph: string | null;
  log: string | null;
  /** Run metadata as trt-engine-explorer keeps it beside the exports. */
  metadata: string | null;
}

export const noExports: EngineExports = {
  layers: null,
  profile: null,
  times: null,
  timesWithoutGraph: null,
  log: null,
  metadata: null,
};

/** What an engine's exports say, read and classed. */
export interface ReadEngine {
  layers: ClassedLayer[];
  information: LayerInformation[];
  /** Whole ns; null where nothing tells it. */
  endToEndNs: number | null;
  endToEndSource: 'times' | 'log' | 'layers' | null;
  /** Raw times of the main condition, ns; null without a times file. */
  samplesNs: Float64Array | null;
  withoutGraphNs: number | null;
  log: TrtexecLog | null;
  /** From the log, else from the metadata; null where neither tells. */
  device: LoggedDevice | null;
}

/** A log alone of a build that did not end. */
export interface IncompleteBuild {
  status: 'build-incomplete';
  version: string | null;
  command: string | null;
  lastLines: string[];
}

/**
 * Reads an engine's exports: `times` wins over `log`; with neither the end-to-end time is the sum of the layers. Without layers
 * a log of a build that did not end is an answer. Throws OctetError: codes of the parsers, `exports-missing`, `run-failed`.
 */
export function readEngine(exports: EngineExports): ReadEngine | IncompleteBuild {
  const log = exports.log === null ? null : parseTrtexecLog(exports.log);
  if (exports.layers === null) return withoutLayers(log);
  const information = parseLayerInformation(exports.layers);
  const profile = exports.profile === null ? null : parseLayerProfile(exports.profile);
  const layers = classify(joinLayers(information, profile));
  const samplesNs = exports.times === null ? null : parseRunTimes(exports.times).computeNs;
  return {
    layers,
    information,
    ...endToEnd(samplesNs, log, layers),
    samplesNs,
    withoutGraphNs: exports.timesWithoutGraph === null ? null : medianNs(exports.timesWithoutGraph),
    log,
    device: log?.device ?? (exports.metadata === null ? null : metadataDevice(exports.metadata)),
  };
}

export function isIncomplete(read: ReadEngine | IncompleteBuild): read is IncompleteBuild {
  return 'status' in read;
}

function medianNs(times: string): number {
  return Math.round(median(parseRunTimes(times, 'The times without CUDA graph').computeNs));
}

function endToEnd(
  samplesNs: Float64Array | null,
  log: TrtexecLog | null,
  layers: readonly ClassedLayer[],
): Pick<ReadEngine, 'endToEndNs' | 'endToEndSource'> {
  if (samplesNs !== null) return { endToEndNs: Math.round(median(samplesNs)), endToEndSource: 'times' };
  const logged = log?.gpuCompute?.medianNs ?? null;
  if (logged !== null) return { endToEndNs: logged, endToEndSource: 'log' };
  if (layers.every((layer) => layer.timeNs === null)) return { endToEndNs: null, endToEndSource: null };
  return { endToEndNs: layers.reduce((sum, layer) => sum + (layer.timeNs ?? 0), 0), endToEndSource: 'layers' };
}

function withoutLayers(log: TrtexecLog | null): IncompleteBuild {
  if (log?.outcome === 'incomplete') {
    return { status: 'build-incomplete', version: log.version, command: log.command, lastLines: log.lastLines };
  }
  if (log?.outcome === 'failed') {
    throw new OctetError(
      'run-failed',
      `trtexec failed, so there is nothing to explain: ${log.errors.slice(0, 3).join('; ')}. Build the engine again and export its layers.`,
      { details: { lastLines: log.lastLines } },
    );
  }
  throw new OctetError(
    'exports-missing',
    log?.outcome === 'foreign'
      ? 'The log is not one of trtexec: give the output of trtexec.'
      : 'Layer information is missing: run trtexec --loadEngine=ENGINE --exportLayerInfo=layers.json --exportProfile=profile.json --dumpProfile --separateProfileRun.',
  );
}
