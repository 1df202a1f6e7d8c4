import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { isOctetError, OctetError } from '@octet/domain';
import { errorDocument } from '@octet/protocol';
import type { Response } from 'express';
import { isDatabaseDown } from '../database/database-down.js';
import { statusOf } from './error-status.js';

/** The one place that maps errors to HTTP: `{schemaVersion:1, error:{code, message}}` and a status. */
@Catch()
export class OctetErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const error = this.toOctetError(thrown);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(error.code);
    response.status(status).json(errorDocument(error.code, error.message, error.details));
  }

  private toOctetError(thrown: unknown): OctetError {
    if (isOctetError(thrown)) return thrown;
    if (isDatabaseDown(thrown)) {
      return new OctetError(
        'database-unavailable',
        'Postgres does not answer; nothing is lost. Try again when /health/ready says ok.',
      );
    }
    const known = knownHttpError(thrown);
    if (known !== null) return known;
    this.logger.error(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    return new OctetError('internal-error', 'The controller failed on this request; its log has the cause.');
  }
}

function knownHttpError(thrown: unknown): OctetError | null {
  if (!(thrown instanceof HttpException)) return null;
  const status = thrown.getStatus();
  if (status === 404) return new OctetError('not-found', `${thrown.message}. /api/docs lists every route.`);
  if (status === 413)
    return new OctetError(
      'too-large',
      'The body is too large: JSON may have 64 MiB. Files go to PUT /api/blobs/<sha256>.',
    );
  if (status === 400) return new OctetError('json-invalid', `The body is not JSON: ${thrown.message}`);
  return new OctetError('http-error', thrown.message);
}
