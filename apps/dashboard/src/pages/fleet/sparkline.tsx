const width = 96;
const height = 24;

/** The last values, 0 to 1, newest at the right edge; gaps where one is absent. */
export function Sparkline({ values, label }: { values: readonly (number | null)[]; label: string }) {
  const step = width / Math.max(1, values.length - 1);
  const lines: string[][] = [[]];
  values.forEach((value, index) => {
    if (value === null) lines.push([]);
    else lines.at(-1)?.push(`${(index * step).toFixed(1)},${(height - 1 - value * (height - 2)).toFixed(1)}`);
  });
  return (
    <svg
      className="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      {lines.map((line, index) => line.length > 1 && <polyline key={index} points={line.join(' ')} />)}
    </svg>
  );
}
