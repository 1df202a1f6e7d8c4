import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { capabilitiesPage } from './capabilities-page.js';
import { supportTable, tableColumns, tableVersions } from './support-table.js';
import { gpuTable } from './gpu-table.js';

describe('docs/capabilities.md', () => {
  it('is what the code says (npx tsx scripts/write-capabilities-page.ts)', () => {
    expect(readFileSync('docs/capabilities.md', 'utf8')).toBe(capabilitiesPage());
  });
});

describe('supportTable', () => {
  it('answers every architecture in every version exactly once', () => {
    const table = supportTable();
    for (const { sm } of gpuTable) {
      const rows = table.filter((row) => row.sm === sm);
      const covered = rows.flatMap((row) =>
        tableVersions.slice(tableVersions.indexOf(row.from), tableVersions.indexOf(row.to) + 1),
      );
      expect(covered).toEqual(tableVersions);
      expect(rows.every((row) => row.answers.length === tableColumns.length)).toBe(true);
    }
  });

  it('gives every refusal a code and a message', () => {
    for (const answer of supportTable().flatMap((row) => row.answers)) {
      if (!answer.ok)
        expect(answer).toMatchObject({
          code: expect.stringMatching(/^[a-z0-9-]+$/),
          message: expect.stringMatching(/.{15}/),
        });
    }
  });
});
