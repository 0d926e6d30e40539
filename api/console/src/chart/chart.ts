/** The candles of a bot. The only place where prices become numbers: pixels are no money. */
import {
  type CandlestickData,
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { type Line, Lines } from "./lines";

export interface Candle {
  open_time: string;
  open: string;
  high: string;
  low: string;
  close: string;
}

export interface Mark {
  at: string;
  side: string;
  price: string;
}

export interface Colours {
  text: string;
  line: string;
  up: string;
  down: string;
  buy: string;
  sell: string;
}

export interface Handle {
  candles(candles: readonly Candle[]): void;
  decimals(count: number): void;
  candle(candle: Candle): void;
  lines(lines: readonly Line[]): void;
  marks(marks: readonly Mark[]): void;
  colours(colours: Colours): void;
  show(at: string): void;
  remove(): void;
}

const seconds = (at: string) => Math.floor(Date.parse(at) / 1000) as UTCTimestamp;

function bar({ open_time, open, high, low, close }: Candle): CandlestickData<Time> {
  return { time: seconds(open_time), open: Number(open), high: Number(high), low: Number(low), close: Number(close) };
}

export function draw(element: HTMLElement, colours: Colours): Handle {
  const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
  const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  const date = (time: Time) => new Date((time as number) * 1000);
  const chart = createChart(element, {
    autoSize: true,
    layout: {
      attributionLogo: false,
      background: { color: "transparent" },
      fontFamily: "system-ui, sans-serif",
      fontSize: 11,
    },
    grid: { vertLines: { visible: false } },
    rightPriceScale: { borderVisible: false },
    timeScale: {
      borderVisible: false,
      timeVisible: true,
      rightOffset: 4,
      tickMarkFormatter: (time: Time, kind: number) => (kind < 3 ? day : clock).format(date(time)),
    },
    localization: { timeFormatter: (time: Time) => moment.format(date(time)) },
    handleScale: { axisPressedMouseMove: true },
  });
  const series = chart.addSeries(CandlestickSeries, {
    borderVisible: false,
  });
  const lines = new Lines();
  series.attachPrimitive(lines);
  const markers = createSeriesMarkers(series, []);
  let times: number[] = [];
  let held: { lines: readonly Line[]; marks: readonly Mark[] } = { lines: [], marks: [] };
  let current = colours;
  let isFitted = false;

  /** A fill belongs to the candle during which it was. */
  const candleAt = (at: string): UTCTimestamp | null => {
    const wanted = seconds(at);
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] ?? 0) <= wanted) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? null : ((times[low - 1] ?? 0) as UTCTimestamp);
  };

  const showMarks = () => {
    const shown: SeriesMarker<Time>[] = [];
    for (const { at, side, price } of held.marks) {
      const time = candleAt(at);
      if (time === null) continue;
      const isBuy = side === "buy";
      shown.push({
        time,
        position: isBuy ? "atPriceBottom" : "atPriceTop",
        price: Number(price),
        shape: isBuy ? "arrowUp" : "arrowDown",
        color: isBuy ? current.buy : current.sell,
        size: 1,
      });
    }
    shown.sort((a, b) => (a.time as number) - (b.time as number));
    markers.setMarkers(shown);
  };

  const paint = () => {
    chart.applyOptions({
      layout: { textColor: current.text },
      grid: { horzLines: { visible: held.lines.length === 0, color: current.line } },
    });
    series.applyOptions({
      upColor: current.up,
      downColor: current.down,
      wickUpColor: current.up,
      wickDownColor: current.down,
    });
    lines.set(held.lines, current.text);
    showMarks();
  };
  paint();

  return {
    candles(candles) {
      const bars = candles.map(bar);
      times = bars.map(({ time }) => time as number);
      series.setData(bars);
      const newest = bars.at(-1);
      if (newest) lines.follow(newest.close);
      showMarks();
      if (!isFitted && bars.length > 0) {
        isFitted = true;
        chart.timeScale().setVisibleLogicalRange({
          from: bars.length - Math.min(200, Math.max(60, bars.length)),
          to: bars.length + 4,
        });
      }
    },
    decimals(count) {
      series.applyOptions({ priceFormat: { type: "price", precision: count, minMove: 10 ** -count } });
    },
    candle(candle) {
      const next = bar(candle);
      const last = times.at(-1);
      if (last !== undefined && (next.time as number) < last) return;
      if (last === undefined || (next.time as number) > last) times.push(next.time as number);
      lines.follow(next.close);
      series.update(next);
    },
    lines(given) {
      held = { ...held, lines: given };
      paint();
    },
    marks(marks) {
      held = { ...held, marks };
      showMarks();
    },
    colours(given) {
      current = given;
      paint();
    },
    show(at) {
      const time = candleAt(at);
      const index = time === null ? -1 : times.indexOf(time);
      if (index >= 0) chart.timeScale().setVisibleLogicalRange({ from: index - 60, to: index + 60 });
    },
    remove() {
      chart.remove();
    },
  };
}
