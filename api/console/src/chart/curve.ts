/** A curve as the path of an SVG: amounts become places. */

export interface Curve {
  /** The amounts. */
  line: string;
  /** The highest amount so far, at each place: what lies between is the drawdown. */
  peak: string;
}

/** The path of amounts within a box. Empty for fewer than two. */
export function curve(amounts: readonly string[], width: number, height: number): Curve {
  const values = amounts.map(Number).filter(Number.isFinite);
  if (values.length < 2) return { line: "", peak: "" };
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const at = (value: number, index: number) => {
    const x = (index / (values.length - 1)) * width;
    const y = height - ((value - low) / span) * height;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  let highest = Number.NEGATIVE_INFINITY;
  const peaks = values.map((value) => {
    highest = Math.max(highest, value);
    return highest;
  });
  const path = (places: number[]) => `M${places.map(at).join("L")}`;
  return { line: path(values), peak: path(peaks) };
}
