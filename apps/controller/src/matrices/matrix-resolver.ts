import { Injectable } from '@nestjs/common';
import { isOwnModel, OctetError, type Matrix, type MatrixModel, type Recipe, type ResolvedModel } from '@octet/domain';
import { DatasetsService } from '../datasets/datasets.service.js';
import { modelFacts, ModelsService } from '../models/models.service.js';

/** A matrix whose every reference is a SHA-256, and what expanding it needs to know of its models. */
export interface ResolvedMatrix {
  matrix: Matrix;
  models: ResolvedModel[];
}

/** Looks up what a matrix names. */
@Injectable()
export class MatrixResolver {
  constructor(
    private readonly models: ModelsService,
    private readonly datasets: DatasetsService,
  ) {}

  /** @throws OctetError `model-unknown`, `dataset-unknown`, `model-not-uploaded`. */
  async resolve(matrix: Matrix): Promise<ResolvedMatrix> {
    const entries = await Promise.all(matrix.models.map((model) => this.resolveModel(model)));
    const int8 = await Promise.all(matrix.int8.map((recipe) => this.resolveRecipe(recipe)));
    return {
      matrix: { ...matrix, int8, models: entries.map((entry) => entry.asked) },
      models: entries.map((entry) => entry.resolved),
    };
  }

  private async resolveModel(asked: MatrixModel): Promise<{ asked: MatrixModel; resolved: ResolvedModel }> {
    const model = await this.models.get(referenceOf(asked));
    const data = asked.data === null ? null : await this.datasets.get(asked.data);
    return {
      asked: { ...asked, source: { sha256: model.sha256 }, data: data?.sha256 ?? null },
      resolved: {
        facts: modelFacts(model),
        dataset: data === null ? null : { name: data.name, sha256: data.sha256 },
        refusal: null,
      },
    };
  }

  private async resolveRecipe(recipe: Recipe): Promise<Recipe> {
    if (!isOwnModel(recipe)) return recipe;
    return { ...recipe, sha256: (await this.models.get(recipe.sha256 ?? recipe.model)).sha256 };
  }
}

function referenceOf({ source }: MatrixModel): string {
  if ('sha256' in source) return source.sha256;
  if ('name' in source) return source.name;
  throw new OctetError(
    'model-not-uploaded',
    `The matrix names the file ${source.path}, which is not on this machine: upload it and give its sha256 (\`octet submit\` does both).`,
  );
}
