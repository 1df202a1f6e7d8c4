import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../e2e/bed/processes.js';
import { smallMatrix, WholeOctet } from '../e2e/bed/whole-octet.js';

let octet: WholeOctet;
beforeEach(async () => {
  octet = await WholeOctet.start();
});
afterEach(() => octet.dispose());

async function submit(): Promise<string> {
  const ended = await octet.cli('submit', await smallMatrix(octet.folder, 'chaos'), '--json');
  expect(ended.code, ended.stderr).toBe(0);
  return (JSON.parse(ended.stdout) as { matrix: { id: string } }).matrix.id;
}

/** A trial is being measured: it has made a round, and its engines sit in processes of their own. */
async function measuring(matrixId: string): Promise<void> {
  await until('a trial is in its rounds', async () => {
    const { trials } = await octet.matrix(matrixId);
    const inRounds = trials.some((trial) => trial.state === 'assigned' && trial.progress?.['phase'] === 'rounds');
    return inRounds && octet.pids('measuring-process').length > 0 ? true : null;
  });
}

function killNine(part: string): number[] {
  const pids = octet.pids(part);
  expect(pids.length, part).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return pids;
}

async function accepted(): Promise<{ trial: string; attempt: number; current: number; state: string }[]> {
  const client = new pg.Client({ connectionString: await octet.databaseUrl() });
  await client.connect();
  try {
    const found = await client.query(
      'select r.trial_id as trial, r.attempt, t.attempt as current, t.state from results r join trials t on t.id = r.trial_id',
    );
    return found.rows as { trial: string; attempt: number; current: number; state: string }[];
  } finally {
    await client.end();
  }
}

/** The matrix ends, each of its trials has exactly one accepted result, and no measuring process is left behind. */
async function endsWell(matrixId: string): Promise<void> {
  const ended = await until(
    'the matrix has ended',
    // The controller may be away for a moment.
    async () =>
      octet.matrix(matrixId).then(
        (document) => (document.matrix.state === 'ended' ? document : null),
        () => null,
      ),
    240_000,
  );
  expect(ended.matrix.progress).toMatchObject({ total: 3, done: 3, failed: 0 });
  const results = await accepted();
  expect(results.map((result) => result.trial).sort()).toEqual(ended.trials.map((trial) => trial.id).sort());
  for (const result of results) expect(result).toMatchObject({ attempt: result.current, state: 'done' });
  for (const { id } of ended.trials) expect((await octet.trial(id)).results).toHaveLength(1);
  await until('no measuring process is left', () =>
    octet.pids('measuring-process').length + octet.pids('trial-worker').length === 0 ? true : null,
  );
}

test('kill -9 of the agent during a trial', async () => {
  const matrixId = await submit();
  await measuring(matrixId);
  const orphans = [...octet.pids('measuring-process'), ...octet.pids('trial-worker')];
  const [agent] = killNine('apps/agent/src/main.js');
  await until(
    'the dead agent took its measuring processes along',
    () => {
      const alive = new Set(octet.processes().map(({ pid }) => pid));
      return orphans.every((pid) => !alive.has(pid)) ? true : null;
    },
    5_000,
  );
  await endsWell(matrixId);
  expect(octet.pids('apps/agent/src/main.js')).not.toContain(agent);
});

test('kill -9 of the controller during a trial: the agent measures on and delivers', async () => {
  const matrixId = await submit();
  await measuring(matrixId);
  const trial = octet.pids('trial-worker');
  killNine('apps/controller/src/main.js');
  expect(octet.pids('trial-worker')).toEqual(trial);
  await endsWell(matrixId);
});

test('kill -9 of Redis during a trial', async () => {
  const matrixId = await submit();
  await measuring(matrixId);
  killNine('redis-server');
  await endsWell(matrixId);
});

test('kill -9 of Postgres during a trial', async () => {
  const matrixId = await submit();
  await measuring(matrixId);
  const postmaster = octet.processes().find(({ command }) => command.includes('/bin/postgres -D'));
  process.kill(postmaster?.pid as number, 'SIGKILL');
  await endsWell(matrixId);
});

test('kill -9 of octet up itself: no process of it is left, and the next start goes on where it was', async () => {
  const matrixId = await submit();
  await measuring(matrixId);
  octet.up.kill('SIGKILL');
  await until('every process has ended', () => (octet.processes().length === 0 ? true : null), 15_000);
  const again = await octet.startAgain();
  octet = again;
  await endsWell(matrixId);
});
