import { testServices, type TestServices } from '@octet/testing';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

let first: TestServices;
let second: TestServices;
let migrations = 0;

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  const migrate = async (url: string) => {
    migrations += 1;
    await query(url, 'create table numbers (n int)');
  };
  [first, second] = await Promise.all([
    testServices({ migrate, template: 'of_this_suite' }),
    testServices({ migrate, template: 'of_this_suite' }),
  ]);
});
afterAll(async () => {
  await first.stop();
  await second.stop();
});

test('the migrations run once, and suites get clones that do not see each other', async () => {
  expect(migrations).toBe(1);
  await query(first.databaseUrl, 'insert into numbers values (1)');
  expect(await query(second.databaseUrl, 'select n from numbers')).toEqual([]);
  expect(await query(first.databaseUrl, 'select n from numbers')).toEqual([{ n: 1 }]);
});

test('each suite has a Redis number of its own', async () => {
  const [one, two] = [new Redis(first.redisUrl), new Redis(second.redisUrl)];
  await one.set('key', 'value');
  expect(await two.get('key')).toBeNull();
  expect(await one.get('key')).toBe('value');
  one.disconnect();
  two.disconnect();
});
