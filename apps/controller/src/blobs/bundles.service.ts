import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { OctetError } from '@octet/domain';
import { bundleDigestInput, type Bundle, type BundleUpload } from '@octet/protocol';
import { DataSource } from 'typeorm';
import { BlobsService } from './blobs.service.js';
import { BundleEntity, type BundleKind } from './bundle.entity.js';

type Inspect = (upload: BundleUpload) => Promise<Record<string, unknown> | null>;

/** What models and datasets share: named sets of blobs, stored once. */
@Injectable()
export class BundlesService {
  constructor(
    private readonly database: DataSource,
    private readonly blobs: BlobsService,
  ) {}

  /**
   * Registers files that are already uploaded. Content that is known is not inspected again; its name may be new.
   * @throws OctetError `bundle-hash`, `blobs-missing`, and whatever `inspect` finds wrong.
   */
  async register(kind: BundleKind, upload: BundleUpload, inspect: Inspect): Promise<Bundle> {
    checkDigest(upload);
    await this.checkBlobs(upload);
    const known = await this.find(kind, upload.sha256);
    const inspection = known === null ? await inspect(upload) : known.inspection;
    await this.save(kind, upload, inspection);
    return bundleOf((await this.find(kind, upload.sha256))!);
  }

  /** By SHA-256, else by name. @throws OctetError `<kind>-unknown`. */
  async get(kind: BundleKind, reference: string): Promise<Bundle> {
    const found = (await this.find(kind, reference)) ?? (await this.findByName(kind, reference));
    if (found !== null) return bundleOf(found);
    throw new OctetError(
      `${kind}-unknown`,
      `No ${kind} ${reference} here. GET /api/${kind}s lists what is; upload it with \`octet ${kind}s add\`.`,
    );
  }

  async list(kind: BundleKind): Promise<Bundle[]> {
    const found = await this.database
      .getRepository(BundleEntity)
      .find({ where: { kind }, order: { createdAt: 'ASC' } });
    return found.map(bundleOf);
  }

  private find(kind: BundleKind, sha256: string): Promise<BundleEntity | null> {
    return this.database.getRepository(BundleEntity).findOneBy({ kind, sha256 });
  }

  private async findByName(kind: BundleKind, name: string): Promise<BundleEntity | null> {
    const [row] = await this.database.query<{ sha256: string }[]>(
      'select sha256 from bundle_names where kind = $1 and name = $2',
      [kind, name],
    );
    return row === undefined ? null : this.find(kind, row.sha256);
  }

  private async checkBlobs(upload: BundleUpload): Promise<void> {
    const missing = await this.blobs.missing(upload.files.map((file) => file.sha256));
    if (missing.length === 0) return;
    throw new OctetError(
      'blobs-missing',
      `${missing.length} of the ${upload.files.length} files are not here yet (first: ${missing[0]}): PUT each to /api/blobs/<sha256>, then register again.`,
    );
  }

  private async save(
    kind: BundleKind,
    upload: BundleUpload,
    inspection: Record<string, unknown> | null,
  ): Promise<void> {
    const sizeBytes = upload.files.reduce((sum, file) => sum + file.sizeBytes, 0);
    await this.database.query(
      `insert into bundles (kind, sha256, name, files, size_bytes, inspection) values ($1, $2, $3, $4, $5, $6)
       on conflict (kind, sha256) do update set name = excluded.name`,
      [kind, upload.sha256, upload.name, JSON.stringify(upload.files), sizeBytes, json(inspection)],
    );
    await this.database.query(
      `insert into bundle_names (kind, name, sha256) values ($1, $2, $3)
       on conflict (kind, name) do update set sha256 = excluded.sha256`,
      [kind, upload.name, upload.sha256],
    );
  }
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

function checkDigest(upload: BundleUpload): void {
  const input = bundleDigestInput(upload.files);
  const expected = input === null ? upload.files[0]?.sha256 : createHash('sha256').update(input).digest('hex');
  if (expected === upload.sha256) return;
  throw new OctetError(
    'bundle-hash',
    `The files of ${upload.name} have the SHA-256 ${expected}, not ${upload.sha256}.`,
  );
}

function bundleOf(entity: BundleEntity): Bundle {
  const { name, sha256, files, sizeBytes, inspection, createdAt } = entity;
  return { name, sha256, files, sizeBytes, inspection, createdAt: createdAt.toISOString() };
}
