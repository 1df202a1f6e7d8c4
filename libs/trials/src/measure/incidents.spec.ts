import type { Incident, LoadedEngine } from '@octet/engines';
import { expect, it } from 'vitest';
import { incidentFacts } from './incidents.js';
import type { TrialEngine } from './open-engine.js';

const engine = (label: string, incidents?: Incident[]): TrialEngine => {
  const loaded = { loadNs: 1, ...(incidents !== undefined && { incidents }) } as Partial<LoadedEngine> as LoadedEngine;
  return { plan: { label }, loaded } as Partial<TrialEngine> as TrialEngine;
};
const hung = { code: 'engine-timeout', message: 'fp16 engine: no answer', retried: true };
const crashed = { code: 'engine-crashed', message: 'int8 engine: ended by SIGSEGV', retried: true };

it('says nothing where every launch went well, or the runtime tells of none', () => {
  const engines = [engine('fp32'), engine('fp16', []), { ...engine('int8'), loaded: null }];
  expect(incidentFacts(engines)).toEqual({ facts: {}, warnings: [] });
});

it('counts launches that went well at the second try, and names the engines and the first failure', () => {
  const one = incidentFacts([engine('fp32'), engine('fp16', [hung])]);
  expect(one.facts).toEqual({ incidents: 1, 'incidents.fp16': 'engine-timeout' });
  expect(one.warnings).toEqual([
    {
      id: 'launch-incidents',
      message: expect.stringMatching(/^1 launch of the runtime .* when tried again: fp16 engine: no answer$/) as string,
      advice: expect.stringContaining('The times stand.') as string,
    },
  ]);
  const more = incidentFacts([engine('fp16', [hung]), engine('int8', [crashed, hung])]);
  expect(more.facts).toEqual({
    incidents: 3,
    'incidents.fp16': 'engine-timeout',
    'incidents.int8': 'engine-crashed, engine-timeout',
  });
  expect(more.warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/^3 launches /)]);
});
