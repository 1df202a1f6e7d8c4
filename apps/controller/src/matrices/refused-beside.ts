/**
 * SQL: whether `cell`, an element of `matrices.refused`, is a float variant refused for the cell of the row in `trials` (what
 * domain's `refusedBeside` says of an expansion in memory).
 */
export const refusedBesideTrial = `
  cell->'recipe' = 'null' and cell->'model' = trials.spec->'model' and cell->'batch' = trials.spec->'batch'
  and cell->'shapes' = trials.spec->'shapes' and cell->>'deviceClass' = trials.device_class
  and cell->>'runtime' = trials.runtime`;
