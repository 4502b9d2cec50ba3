/** Bars for periods, two each. Numbers are for drawing only; the page has a table of the same. */
import { html } from "../vendor/preact.js";
import { shortMoney, t } from "../shell/language.js";

const HEIGHT = 100;
const SERIES = ["in", "out"];

/**
 * @param {{ bars: { label: string, title: string, in: number, out: number }[], currency: string, summary: string }} props
 * `label` is under the axis, `title` is shown at the bar, `summary` is what screen readers hear
 */
export function BarChart({ bars, currency, summary }) {
  const top = roundUp(Math.max(1, ...bars.flatMap((one) => [one.in, one.out])));
  const width = 100 / bars.length;
  const height = (/** @type {number} */ value) => (HEIGHT * Math.max(0, value)) / top;
  return html`<figure class="bar-chart">
    <div class="plot" aria-hidden="true">
      <div class="scale figures">${[top, top / 2, 0].map((value) => html`<span key=${value}>${shortMoney(value, currency)}</span>`)}</div>
      <svg viewBox=${`0 0 100 ${HEIGHT}`} preserveAspectRatio="none">
        ${[0, 0.5, 1].map((part) => html`<line key=${part} x1="0" x2="100" y1=${HEIGHT * part} y2=${HEIGHT * part} vector-effect="non-scaling-stroke" />`)}
        ${bars.flatMap((one, index) =>
          SERIES.map((name, place) => {
            const value = one[/** @type {"in" | "out"} */ (name)];
            return html`<rect key=${`${index}${name}`} class=${name} x=${index * width + width * (0.14 + 0.37 * place)} width=${width * 0.35} y=${HEIGHT - height(value)} height=${height(value)}><title>${one.title}</title></rect>`;
          }),
        )}
      </svg>
      <div class="axis">${marks(bars).map((one) => html`<span key=${one.title}>${one.label}</span>`)}</div>
    </div>
    <figcaption class="hint">
      <span class="hidden">${summary}</span>
      <span class="legend" aria-hidden="true">${SERIES.map((name) => html`<span key=${name} class=${name}>${t(`reports.${name}`)}</span>`)}</span>
    </figcaption>
  </figure>`;
}

/** Return a round number that is not less: 1, 2, 2.5 or 5 times a power of ten. @param {number} value */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5, 10].find((one) => one * power >= value) ?? 10);
}

/** Return the first, the middle and the last of the bars. @param {any[]} bars */
function marks(bars) {
  const places = [0, Math.floor((bars.length - 1) / 2), bars.length - 1];
  return [...new Set(places)].map((place) => bars[place]);
}
