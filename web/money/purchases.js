// @ts-check
/** One's own purchases and how they stand; and what is owed, if anything is. */
import { money } from '../api/money.js';
import { html } from '../html.js';
import { day, language, number, t } from '../i18n.js';
import { Listing, useListed } from '../parts/states.js';
import { goToPay } from './top_up.js';
import { further, price } from './words.js';

/** @typedef {import('../api/money.js').Purchase} Purchase */
/** @typedef {import('../api/money.js').Debt} Debt */

/** @param {{purchase: Purchase}} properties */
function Row({ purchase }) {
  const { pay_at: payAt } = purchase;
  const cost = price(purchase.price, purchase.currency, language.value);
  return html`<li class="entry" data-testid="own-purchase" data-state=${purchase.state}>
    <span class="entry-words">
      <b>${t('wallet.packageOf', { coins: number(purchase.coins), price: cost })}</b>
      <small class=${`purchase-${purchase.state}`}>${t(`wallet.state.${purchase.state}`)}</small>
      <small>${day(purchase.made_at_ms)}</small>
    </span>
    ${purchase.state === 'pending' && payAt !== null && html`<button type="button" class="button small" data-testid="pay-on" onClick=${() => goToPay(payAt)}>${t('wallet.payOn')}</button>`}
  </li>`;
}

/** `version` changes when one may stand otherwise. @param {{version: number}} properties */
export function Purchases({ version }) {
  const listed = useListed(
    async (before) => {
      const page = await money.purchases(/** @type {string | null} */ (before));
      return { items: page.topups, next: page.next_before };
    },
    [],
    { join: further, version },
  );
  return html`<section class="panel" aria-label=${t('wallet.purchases')}>
    <h2>${t('wallet.purchases')}</h2>
    <${Listing} name="purchases" listed=${listed} none=${t('wallet.noPurchases')} more=${t('wallet.morePurchases')} row=${(/** @type {Purchase} */ each) => html`<${Row} key=${each.id} purchase=${each} />`} />
  </section>`;
}

/** @param {{debt: Debt}} properties */
function Owed({ debt }) {
  return html`<li class="entry" data-testid="debt" data-left=${debt.left}>
    <span class="entry-words"><b>${t(`wallet.owed.${debt.currency}`, { n: number(debt.left) })}</b><small>${[day(debt.at_ms), debt.reason].filter(Boolean).join(' · ')}</small></span>
    <span class="entry-amount"><small>${t('wallet.owedOf', { n: number(debt.amount) })}</small></span>
  </li>`;
}

/** Shown to who owes something, and to whom it cannot be said. @param {{version: number}} properties */
export function Debts({ version }) {
  const listed = useListed(async () => ({ items: await money.debts(), next: null }), [], { version });
  if (listed.error === null && !listed.items?.length) return null;
  return html`<section class="panel debts" aria-label=${t('wallet.debts')}>
    <h2>${t('wallet.debts')}</h2>
    <p class="fine">${t('wallet.debtsHint')}</p>
    <${Listing} name="debts" listed=${listed} none=${t('wallet.noDebts')} row=${(/** @type {Debt} */ debt) => html`<${Owed} key=${debt.id} debt=${debt} />`} />
  </section>`;
}
