import { Readable } from 'node:stream';
import { isOctetError, OctetError } from '@octet/domain';
import {
  agentIdHeader,
  bundleSchema,
  errorDocumentSchema,
  resultAcknowledgementSchema,
  routes,
  type Bundle,
  type ResultAcknowledgement,
} from '@octet/protocol';
import type { AgentConfig } from '../config.js';

const answerWithinMs = 60_000;

interface Question {
  method?: 'GET' | 'PUT' | 'POST';
  body?: Uint8Array | string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The controller's HTTP API as an agent uses it. Errors carry the controller's own code and words. */
export class ControllerClient {
  constructor(
    private readonly config: Pick<AgentConfig, 'controllerUrl' | 'token'>,
    private readonly agentId: string,
  ) {}

  async model(sha256: string): Promise<Bundle> {
    return bundleSchema.parse(((await this.json(routes.model(sha256))) as { model: unknown }).model);
  }

  async dataset(sha256: string): Promise<Bundle> {
    return bundleSchema.parse(((await this.json(routes.dataset(sha256))) as { dataset: unknown }).dataset);
  }

  async blob(sha256: string, signal: AbortSignal): Promise<Readable> {
    const response = await this.ask(routes.blob(sha256), { signal });
    return response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
  }

  /** null: no agent has uploaded one yet. */
  async calibrationTable(key: string): Promise<unknown> {
    try {
      return await this.json(routes.calibrationTable(key));
    } catch (error) {
      if (isOctetError(error) && error.code === 'calibration-table-unknown') return null;
      throw error;
    }
  }

  /** The table that counts: this one, or the one that came first. */
  async putCalibrationTable(key: string, table: unknown): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    await this.json(routes.calibrationTable(key), { method: 'PUT', body: JSON.stringify(table), headers });
    return this.json(routes.calibrationTable(key));
  }

  /** @param envelope a gzipped ResultEnvelope. */
  async postResult(envelope: Uint8Array): Promise<ResultAcknowledgement> {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    return resultAcknowledgementSchema.parse(
      await this.json(routes.results, { method: 'POST', body: envelope, headers }),
    );
  }

  private async json(path: string, question: Question = {}): Promise<unknown> {
    const signal = question.signal ?? AbortSignal.timeout(answerWithinMs);
    return (await this.ask(path, { ...question, signal })).json();
  }

  private async ask(path: string, { headers, ...question }: Question): Promise<Response> {
    const url = this.config.controllerUrl + path;
    const authorization = `Bearer ${this.config.token}`;
    let response: Response;
    try {
      response = await fetch(url, {
        ...question,
        headers: { ...headers, authorization, [agentIdHeader]: this.agentId },
      } as RequestInit);
    } catch (cause) {
      throw new OctetError('controller-unreachable', `No answer from ${url}: ${reasonOf(cause)}`, { cause });
    }
    if (!response.ok) throw await errorOf(response, url);
    return response;
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

async function errorOf(response: Response, url: string): Promise<OctetError> {
  const text = await response.text().catch(() => '');
  const details = { status: response.status };
  try {
    const { error } = errorDocumentSchema.parse(JSON.parse(text));
    return new OctetError(error.code, error.message, { details });
  } catch {
    return new OctetError('controller-error', `${url} answered HTTP ${response.status}: ${text.slice(0, 200)}`, {
      details,
    });
  }
}

/** Statuses that say the same about the same content for ever. */
const finalStatuses = new Set([400, 413, 422]);

export function isFinal(error: unknown): boolean {
  return isOctetError(error) && finalStatuses.has(Number(error.details?.['status']));
}
