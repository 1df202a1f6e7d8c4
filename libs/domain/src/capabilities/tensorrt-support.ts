import type { Refusal } from '../trial.js';
import { smOrder } from './gpu-capability.js';
import { compareVersions, parseVersion } from './runtime-version.js';

/** Which TensorRT versions know one architecture. `from` and `until` are the first version with it and the first without. */
interface VersionWindow {
  sms: readonly string[];
  from: string | null;
  until: string | null;
  /** Said beside a supported answer. */
  note: string | null;
  source: string;
}

/**
 * TensorRT by architecture (design section 4). Sources: CMakeLists.txt of github.com/NVIDIA/TensorRT, branches release/8.4 to
 * release/11.1 (default SM lists), and the release notes named in each row.
 */
const windows: readonly VersionWindow[] = [
  window(['5.0', '5.2', '5.3'], null, '9.0', 'release notes 8.5.2: Maxwell is dropped in 9.0'),
  window(['6.0', '6.1', '6.2'], null, '10.0', 'release/9.3 names 6.0 and 6.1, release/10.0 starts at 7.0'),
  window(['7.0'], null, '10.5', 'release notes 10.5.0: Volta removed'),
  window(
    ['7.2'],
    null,
    '9.0',
    'JetPack 5.1 is the last for Xavier, with TensorRT 8.5',
    'SM 7.2 gets TensorRT through JetPack only',
  ),
  window(['8.0', '8.6'], null, null, 'in every list since release/8.4'),
  window(['8.7'], '8.4', null, 'support matrix of 8.4', 'SM 8.7 gets TensorRT through JetPack or DRIVE OS only'),
  window(['8.9', '9.0'], '8.5', null, 'release notes 8.5.1: Hopper and Ada added'),
  window(['10.0', '12.0'], '10.8', null, 'release notes 10.8.0: Blackwell'),
  window(['10.3'], '10.13', null, 'DGX GB300 release notes: 10.13 includes functional support'),
  window(['10.1'], '10.10', null, 'TensorRT 10.10.10 for DRIVE OS 7'),
  window(
    ['12.1'],
    '10.8',
    null,
    'release notes 10.8.0: Blackwell',
    'No source names SM 12.1 itself: a tiny build decides',
  ),
  window(
    ['11.0'],
    '10.13',
    null,
    'release/10.14 names 11.0 with CUDA 13',
    'SM 11.0 gets TensorRT through JetPack 7 only',
  ),
];

function window(
  sms: readonly string[],
  from: string | null,
  until: string | null,
  source: string,
  note: string | null = null,
): VersionWindow {
  return { sms, from, until, note, source };
}

/** TensorRT majors whose command line and limits are known here. */
const knownMajors: readonly number[] = [8, 9, 10, 11];

export type TensorRtAnswer = { ok: true; warnings: string[] } | ({ ok: false } & Refusal);

const refuse = (code: string, message: string): TensorRtAnswer => ({ ok: false, code, message });

/**
 * Does this TensorRT version build for this architecture? A table, because the library can't be asked before it is installed; a
 * tiny build on the device wins where it is possible.
 */
export function tensorRtKnowsSm(sm: string, version: string): TensorRtAnswer {
  const parsed = parseVersion(version);
  if (parsed === null || !knownMajors.includes(parsed[0] ?? -1)) return unknownVersion(version);
  if (compareVersions(parsed, [8, 4]) < 0) return tooOld(version);
  if (smOrder(sm) < smOrder('5.0'))
    return refuse('sm-not-supported', `TensorRT 8.4 and newer need SM 5.0; this device is SM ${sm}.`);
  const eleven = elevenRefusal(sm, parsed, version);
  if (eleven !== null) return eleven;
  return windowAnswer(sm, parsed, version);
}

function unknownVersion(version: string): TensorRtAnswer {
  return refuse(
    'runtime-version-unknown',
    `TensorRT ${version} is not one of the versions Octet knows (8.4 to 11): its limits and flags are unknown. Use force to try it.`,
  );
}

function tooOld(version: string): TensorRtAnswer {
  return refuse(
    'runtime-too-old',
    `TensorRT ${version} is older than 8.4, the first version Octet drives. Install 8.4 or newer.`,
  );
}

/** 11.0's sources start at SM 8.0, 11.1's at 7.5. */
function elevenRefusal(sm: string, parsed: readonly number[], version: string): TensorRtAnswer | null {
  if ((parsed[0] ?? 0) < 11) return null;
  const first = (parsed[1] ?? 0) === 0 ? '8.0' : '7.5';
  if (smOrder(sm) >= smOrder(first)) return null;
  return refuse('sm-not-supported', `TensorRT ${version} starts at SM ${first}; SM ${sm} needs ${lastVersionFor(sm)}.`);
}

function windowAnswer(sm: string, parsed: readonly number[], version: string): TensorRtAnswer {
  const found = windows.find((candidate) => candidate.sms.includes(sm));
  if (found === undefined) {
    const known = sm === '7.5' || smOrder(sm) < smOrder('7.5');
    return {
      ok: true,
      warnings: known ? [] : [`No source names SM ${sm} for TensorRT ${version}: a tiny build decides.`],
    };
  }
  if (found.until !== null && compareVersions(parsed, parseVersion(found.until) ?? []) >= 0) {
    return refuse(
      'sm-not-supported',
      `TensorRT ${version} no longer supports SM ${sm}; use ${lastVersionFor(sm)} (${found.source}).`,
    );
  }
  if (found.from !== null && compareVersions(parsed, parseVersion(found.from) ?? []) < 0) {
    return refuse(
      'sm-not-supported',
      `TensorRT ${version} does not know SM ${sm} yet; use ${found.from} or newer (${found.source}).`,
    );
  }
  return { ok: true, warnings: found.note === null ? [] : [`${found.note}.`] };
}

/** What to install for an architecture that the version at hand has left behind. */
function lastVersionFor(sm: string): string {
  const order = smOrder(sm);
  if (sm === '7.2') return 'the TensorRT 8.x of its JetPack';
  if (order < smOrder('6.0')) return 'TensorRT 8.6 or older';
  if (order < smOrder('7.0')) return 'TensorRT 9.3 or older';
  if (order < smOrder('7.5')) return 'TensorRT 10.4 or older';
  return 'TensorRT 10 or 11.1';
}
