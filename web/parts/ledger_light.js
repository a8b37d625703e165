// @ts-check
/** Whether every invariant of the money holds, as the platform has found at last, with what there is and how old that is. */
import { admin } from '../api/admin.js';
import { html, useCallback, useEffect, useState } from '../html.js';
import { ago, list, number, t, tError } from '../i18n.js';

/** @typedef {import('../api/admin.js').LedgerReport} LedgerReport */

const EVERY_MS = 2000;

/** @param {{report: LedgerReport}} properties */
function Findings({ report }) {
  const broken = report.checks.filter((check) => !check.holds);
  const figures = report.checks.flatMap((check) => Object.entries(check.figures));
  return html`
    ${broken.length > 0 && html`<ul class="ledger-broken" data-testid="ledger-broken">
      ${broken.map((check) => html`<li key=${check.name}><b>${check.name}</b> ${t('admin.ledgerWrong', { n: check.wrong })}${check.examples.length > 0 && html` <code>${list(check.examples)}</code>`}</li>`)}
    </ul>`}
    <dl class="ledger-figures" data-testid="ledger-figures">
      ${figures.map(([name, value]) => html`<div key=${name} data-testid=${`figure-${name}`}><dt>${t(`figure.${name}`)}</dt><dd>${number(value)}</dd></div>`)}
    </dl>`;
}

export function LedgerLight() {
  const [report, setReport] = useState(/** @type {LedgerReport | null} */ (null));
  const [asked, setAsked] = useState(0); // a report from then on is the answer
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const read = useCallback(async () => {
    try {
      setReport(await admin.ledger());
      setError(null);
    } catch (problem) {
      setReport(null);
      setError(problem);
    }
  }, []);
  useEffect(() => {
    void read();
    const timer = setInterval(() => document.hidden || void read(), EVERY_MS);
    return () => clearInterval(timer);
  }, [read]);
  const again = async () => {
    try {
      setAsked((await admin.lookThroughLedger()).asked_at_ms);
    } catch (problem) {
      setError(problem);
    }
  };
  const busy = error === null && (report === null || asked > report.at_ms);
  const broken = (report?.checks ?? []).filter((check) => !check.holds).map((check) => check.name);
  const verdict = broken.length === 0 ? t('admin.ledgerHolds') : t('admin.ledgerBroken', { names: broken.join(', ') });
  const known = report !== null && !report.late && error === null;
  return html`<div>
    <p class="ledger-light" data-testid="ledger-light" data-holds=${known ? String(report.holds) : undefined} role="status">
      ${error !== null ? tError(error) : busy ? t('admin.ledgerLooking') : verdict}
      ${report !== null && html`<span class="fine" data-testid="ledger-age">${t(report.late ? 'admin.ledgerLate' : 'admin.ledgerAge', { ago: ago(report.age_ms) })}</span>`}
      <span class="grow"></span>
      <button class="button small ghost" data-testid="ledger-again" disabled=${busy && report !== null && !report.late} onClick=${again}>${t('admin.ledgerAgain')}</button>
    </p>
    ${report !== null && html`<${Findings} report=${report} />`}
  </div>`;
}
