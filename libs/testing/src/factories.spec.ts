import { agentMessageSchema, trialSpecSchema } from '@octet/protocol';
import { expect, test } from 'vitest';
import { helloMessage, trialRecord, trialSpec } from './factories.js';

test('what the factories make passes the wire schemas unchanged', () => {
  expect(agentMessageSchema.parse(helloMessage())).toEqual(helloMessage());
  expect(trialSpecSchema.parse(trialSpec())).toEqual(trialSpec());
});

test('a trial record holds one engine and one set of samples for each label', () => {
  const record = trialRecord();
  const labels = record.engines.map((engine) => engine.label);
  expect(labels).toEqual(['fp32', 'int8/static-symmetric/max/w8']);
  for (const round of record.rounds) expect(Object.keys(round.samples)).toEqual(labels);
});
