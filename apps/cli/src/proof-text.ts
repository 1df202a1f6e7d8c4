import { loadHeld, type ServedLaunches, type ServedLoad, type ServingFigures, type ServingProof } from '@octet/domain';
import { textTable } from './table.js';

/** Forecast against served, of every load, and where the difference comes from. */
export function proofText(proof: ServingProof): string {
  const loads = proof.repetitions.map((load, index) => loadText(load, index + 1));
  return [...loads, proof.verdict.sentence].join('\n\n');
}

function loadText(load: ServedLoad, number: number): string {
  const { forecast, rehearsed, replayed, served, ratio, requests, launches, host } = load;
  const figures = textTable(
    [`load ${number}`, 'requests/s', 'p50 ms', 'p95 ms', 'p99 ms', 'p99 from, to'],
    [
      line('forecast', forecast),
      line('served', served),
      line('forecast from launches rehearsed just before', rehearsed),
      line('forecast from the launches under this load', replayed),
    ],
  );
  const engines = textTable(
    ['batch', 'launches', 'planned ms', 'p99', 'rehearsed ms', 'p99', 'under load ms', 'p99', 'of it overhead ms'],
    launches.map(engineLine),
  );
  const others = host.cpuSteal === null ? '' : `; CPU time stolen ${share(host.cpuSteal)}`;
  const elsewhere = host.otherLoad === null ? '' : `, used by others ${share(host.otherLoad)}`;
  const verdict = `${requests} requests served: throughput ${ratio.throughput.toFixed(3)}, p99 ${ratio.p99.toFixed(3)} of the forecast${loadHeld(load) ? '' : ': outside'}${others}${elsewhere}.`;
  return [figures, '', engines, '', verdict].join('\n');
}

function line(name: string, { throughputPerS, p50Ms, p95Ms, p99Ms, p99Interval }: ServingFigures): string[] {
  const between = p99Interval === null ? '-' : `${text(p99Interval.lowMs)}, ${text(p99Interval.highMs)}`;
  return [name, throughputPerS.toFixed(1), ...[p50Ms, p95Ms, p99Ms].map(text), between];
}

function engineLine(each: ServedLaunches): string[] {
  const { forecastNs, forecastP99Ns, rehearsedNs, rehearsedP99Ns, servedNs, servedP99Ns, overheadNs } = each;
  const times = [forecastNs, forecastP99Ns, rehearsedNs, rehearsedP99Ns, servedNs, servedP99Ns, overheadNs];
  return [String(each.batch), String(each.count), ...times.map((ns) => (ns === null ? '-' : text(ns / 1e6)))];
}

/** Three digits, from 1000 on whole numbers. */
function text(ms: number): string {
  return ms >= 1000 ? ms.toFixed(0) : ms.toPrecision(3);
}

function share(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}
