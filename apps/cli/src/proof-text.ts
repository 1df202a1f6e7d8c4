import type { ServingFigures, ServingProof } from '@octet/domain';
import { textTable } from './table.js';

/** Forecast against served, and where the difference comes from. */
export function proofText(proof: ServingProof): string {
  const { forecast, rehearsed, replayed, served, ratio, requests, launches } = proof;
  const line = (name: string, { throughputPerS, p50Ms, p95Ms, p99Ms }: ServingFigures) => [
    name,
    throughputPerS.toFixed(1),
    ...[p50Ms, p95Ms, p99Ms].map(text),
  ];
  const figures = textTable(
    ['', 'requests/s', 'p50 ms', 'p95 ms', 'p99 ms'],
    [
      line('forecast', forecast),
      line('served', served),
      line('forecast from rehearsed launches', rehearsed),
      line('forecast from the launches under load', replayed),
    ],
  );
  const engines = textTable(
    ['batch', 'launches', 'planned ms', 'rehearsed ms', 'under load ms'],
    launches.map(({ batch, count, forecastNs, rehearsedNs, servedNs }) => [
      String(batch),
      String(count),
      ...[forecastNs, rehearsedNs, servedNs].map((ns) => (ns === null ? '-' : text(ns / 1e6))),
    ]),
  );
  const verdict = `${requests} requests served: throughput ${ratio.throughput.toFixed(3)}, p99 ${ratio.p99.toFixed(3)} of the forecast.`;
  return [figures, '', engines, '', verdict].join('\n');
}

function text(ms: number): string {
  return ms.toPrecision(3);
}
