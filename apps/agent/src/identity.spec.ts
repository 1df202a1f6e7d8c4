import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentId } from './identity.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'octet-identity-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('an agent keeps the id that it made once, also when two parts ask at once', async () => {
  const data = join(folder, 'agent');
  const [first, second] = await Promise.all([agentId(data), agentId(data)]);
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect(second).toBe(first);
  expect(await agentId(data)).toBe(first);
  expect(readdirSync(data)).toEqual(['agent.id']);
});

test('an empty id, as a killed agent may have left, is made again', async () => {
  writeFileSync(join(folder, 'agent.id'), '');
  const id = await agentId(folder);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(await agentId(folder)).toBe(id);
});

test('says which folder it can not use', async () => {
  writeFileSync(join(folder, 'file'), '');
  const unusable = expect.objectContaining({ code: 'data-folder-unusable' }) as Error;
  await expect(agentId(join(folder, 'file'))).rejects.toThrow(unusable);
});
