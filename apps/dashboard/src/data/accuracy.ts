import type { ResultRow } from '@octet/domain';

/** Whether INT8 is outside its accuracy budget, even where something else decided the verdict first (unsteady times). */
export function missesBudget({ verdict, reasons }: Pick<ResultRow, 'verdict' | 'reasons'>): boolean {
  return verdict === 'accuracy-fails' || reasons.some(({ id }) => id === 'accuracy-budget');
}
