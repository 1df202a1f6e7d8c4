/** A name that may be a whole line of fused nodes: cut with an ellipsis in a table, whole on paper and under the pointer. */
export function LongName({ name }: { name: string }) {
  return (
    <span className="clip long-name" title={name}>
      {name}
    </span>
  );
}
