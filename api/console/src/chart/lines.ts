/** Prices as horizontal lines, all of them in one primitive: a price line each would cost a layout each. */
import type {
  AutoscaleInfo,
  IChartApi,
  ISeriesApi,
  ISeriesPrimitive,
  SeriesAttachedParameter,
  Time,
} from "lightweight-charts";

export interface Line {
  /** Where it is, as the server says. */
  price: string;
  colour: string;
  label: string;
  isDashed: boolean;
}

/** Lines on either side of the price that are kept in view. */
const NEAR = 4;

type Target = Parameters<
  NonNullable<
    ReturnType<NonNullable<ReturnType<NonNullable<ISeriesPrimitive<Time>["paneViews"]>>[number]>["renderer"]>
  >["draw"]
>[0];

export class Lines implements ISeriesPrimitive<Time> {
  #lines: readonly Line[] = [];
  #series: ISeriesApi<"Candlestick", Time> | null = null;
  #chart: IChartApi | null = null;
  #update = () => {};
  #textColour = "#888";
  #last: number | null = null;

  attached({ series, chart, requestUpdate }: SeriesAttachedParameter<Time>): void {
    this.#series = series as ISeriesApi<"Candlestick", Time>;
    this.#chart = chart as unknown as IChartApi;
    this.#update = requestUpdate;
  }

  detached(): void {
    this.#series = null;
    this.#chart = null;
  }

  set(lines: readonly Line[], textColour: string): void {
    this.#lines = lines;
    this.#textColour = textColour;
    this.#update();
  }

  /** The newest price, from which lines are near or far. */
  follow(price: number): void {
    this.#last = price;
  }

  updateAllViews(): void {}

  /** The lines nearest to the price are in view, on either side. */
  autoscaleInfo(): AutoscaleInfo | null {
    const last = this.#last;
    if (last === null || this.#lines.length === 0) return null;
    const prices = this.#lines.map(({ price }) => Number(price));
    const above = prices.filter((price) => price > last).sort((a, b) => a - b);
    const below = prices.filter((price) => price <= last).sort((a, b) => b - a);
    const near = [...above.slice(0, NEAR), ...below.slice(0, NEAR)];
    return { priceRange: { minValue: Math.min(...near), maxValue: Math.max(...near) } };
  }

  paneViews() {
    return [{ zOrder: () => "normal" as const, renderer: () => ({ draw: (target: Target) => this.#draw(target) }) }];
  }

  #draw(target: Target): void {
    const series = this.#series;
    if (!series || !this.#chart) return;
    target.useBitmapCoordinateSpace(({ context, bitmapSize, verticalPixelRatio: ratio, horizontalPixelRatio }) => {
      context.lineWidth = Math.max(1, Math.floor(ratio));
      context.font = `${10 * ratio}px system-ui, sans-serif`;
      context.textBaseline = "bottom";
      let last = Number.POSITIVE_INFINITY;
      const placed = this.#lines
        .map((line) => ({ line, y: series.priceToCoordinate(Number(line.price)) }))
        .sort((a, b) => (b.y ?? 0) - (a.y ?? 0));
      for (const { line, y } of placed) {
        if (y === null) continue;
        const at = Math.round(y * ratio) + 0.5;
        context.strokeStyle = line.colour;
        context.setLineDash(line.isDashed ? [5 * horizontalPixelRatio, 4 * horizontalPixelRatio] : []);
        context.beginPath();
        context.moveTo(0, at);
        context.lineTo(bitmapSize.width, at);
        context.globalAlpha = 0.65;
        context.stroke();
        context.globalAlpha = 1;
        // A label where there is room for it.
        if (last - at >= 20 * ratio) {
          context.fillStyle = this.#textColour;
          context.fillText(line.label, 6 * horizontalPixelRatio, at - ratio);
          last = at;
        }
      }
      context.setLineDash([]);
    });
  }
}
