import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OctetError } from '@octet/domain';
import { hostFacts } from '@octet/hardware';
import type { Identity } from '@octet/protocol';
import type { AgentConfig } from './config.js';
import type { Machine } from './machine/machine.js';

export const version = '0.1.0';

/**
 * The agent's id, made once and kept in its data folder: results and trials belong to it over restarts. It appears whole or not
 * at all: an agent that is killed while it makes one leaves none, and an empty file counts as none.
 */
export async function agentId(dataDir: string): Promise<string> {
  const path = join(dataDir, 'agent.id');
  try {
    await mkdir(dataDir, { recursive: true });
    const known = await idAt(path);
    if (known === '') await rm(path);
    else if (known !== null) return known;
    const made = randomUUID();
    await placeWhole(path, made);
    return (await idAt(path)) ?? made;
  } catch (error) {
    const reason = (error as Error).message;
    throw new OctetError(
      'data-folder-unusable',
      `The agent can't write to ${dataDir}: ${reason}. Set OCTET_AGENT_DATA_DIR.`,
      {
        cause: error,
      },
    );
  }
}

async function idAt(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** What another call placed there meanwhile stays. */
async function placeWhole(path: string, id: string): Promise<void> {
  const made = `${path}.${id}`;
  await writeFile(made, `${id}\n`);
  try {
    await link(made, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(made, { force: true });
  }
}

export async function identityOf(config: AgentConfig, machine: Machine): Promise<Identity> {
  return {
    agentId: await agentId(config.dataDir),
    name: config.name,
    version,
    lifeId: randomUUID(),
    slots: machine.slots,
    facts: hostFacts(),
  };
}
