import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OctetError } from '@octet/domain';
import { hostFacts } from '@octet/hardware';
import type { Identity } from '@octet/protocol';
import type { AgentConfig } from './config.js';
import type { Machine } from './machine/machine.js';

export const version = '0.1.0';

/** The agent's id, made once and kept in its data folder: results and trials belong to it over restarts. */
export async function agentId(dataDir: string): Promise<string> {
  const path = join(dataDir, 'agent.id');
  try {
    await mkdir(dataDir, { recursive: true });
    const fresh = randomUUID();
    await writeFile(path, `${fresh}\n`, { flag: 'wx' });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return (await readFile(path, 'utf8')).trim();
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
