import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Sums vitest's JSON reports of a folder; a file that could not even be loaded counts as one failure, and so does a run
 * that ended badly without a failed test (an error outside of any).
 */
const [folder, failedChecks = '0', testStatus = '0'] = process.argv.slice(2);
let passed = 0;
let failed = Number(failedChecks);
const reports = readdirSync(folder).filter((name) => name.endsWith('.json'));
for (const name of reports) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  for (const file of report.testResults) {
    const tellsOfIt = file.assertionResults.some((test) => test.status === 'failed');
    if (file.status === 'failed' && !tellsOfIt) failed += 1;
  }
}
if (reports.length === 0 || (failed === 0 && testStatus !== '0')) failed += 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
