import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { ModelFacts } from '@octet/domain';
import type { ModelInfo } from '@octet/onnx';
import type { Bundle, BundleUpload } from '@octet/protocol';
import { BlobsService } from '../blobs/blobs.service.js';
import { withBundleFolder } from '../blobs/bundle-folder.js';
import { BundlesService } from '../blobs/bundles.service.js';
import { CONFIG } from '../config.js';
import type { ControllerConfig } from '../config.js';

/** ONNX models: read once when they are registered, so that a broken file is refused before anything is scheduled. */
@Injectable()
export class ModelsService {
  private readonly scratch: string;

  constructor(
    private readonly bundles: BundlesService,
    private readonly blobs: BlobsService,
    @Inject(CONFIG) config: ControllerConfig,
  ) {
    this.scratch = join(config.dataDir, 'scratch');
  }

  /** @throws OctetError of libs/onnx: `model-not-onnx`, `model-truncated`, `model-empty`, `external-data-missing` ... */
  register(upload: BundleUpload): Promise<Bundle> {
    return this.bundles.register('model', upload, () => this.inspect(upload));
  }

  list(): Promise<Bundle[]> {
    return this.bundles.list('model');
  }

  get(reference: string): Promise<Bundle> {
    return this.bundles.get('model', reference);
  }

  /** The ONNX lib is loaded with the first model: a controller at rest does without it. */
  private async inspect(upload: BundleUpload): Promise<Record<string, unknown>> {
    const { inspectModelFile } = await import('./inspect-model-file.js');
    return withBundleFolder(this.blobs.store, this.scratch, upload.files, inspectModelFile);
  }
}

/** What expanding a matrix needs to know of a registered model. */
export function modelFacts(model: Bundle): ModelFacts {
  const inputs = (model.inspection?.['inputs'] ?? []) as ModelInfo['inputs'];
  return {
    name: model.name,
    sha256: model.sha256,
    inputs: inputs.map((input) => ({ name: input.name, dims: input.shape ?? [] })),
  };
}
