import { Injectable } from '@nestjs/common';
import { OctetError } from '@octet/domain';
import type { Bundle, BundleUpload } from '@octet/protocol';
import { BundlesService } from '../blobs/bundles.service.js';

/** Calibration and evaluation inputs. Whether they fit a model is seen when a trial opens them. */
@Injectable()
export class DatasetsService {
  constructor(private readonly bundles: BundlesService) {}

  register(upload: BundleUpload): Promise<Bundle> {
    return this.bundles.register('dataset', upload, async () => {
      if (upload.files.some((file) => file.sizeBytes > 0)) return null;
      throw new OctetError('dataset-empty', `${upload.name} has no bytes: upload .npz, .npy, IDX or images.`);
    });
  }

  list(): Promise<Bundle[]> {
    return this.bundles.list('dataset');
  }

  get(reference: string): Promise<Bundle> {
    return this.bundles.get('dataset', reference);
  }
}
