// @ts-check
/** A host's diamonds on their way out: the form, what was asked for and how it stands, and what he has earned. */
import { money } from '../api/money.js';
import { html, useRef, useState } from '../html.js';
import { day, number, t } from '../i18n.js';
import { newKey } from '../client/keys.js';
import { Failed, Listing, useListed, Waiting } from '../parts/states.js';
import { told } from '../parts/told.js';
import { toast } from '../parts/toasts.js';
import { diamonds as held } from '../wallet.js';
import { further } from './words.js';

/** @typedef {import('../api/money.js').Withdrawal} Withdrawal */
/** @typedef {import('../api/money.js').EarningsDay} EarningsDay */

/** @param {{least: number, done: () => void}} properties */
function Form({ least, done }) {
  const [amount, setAmount] = useState('');
  const [destination, setDestination] = useState('');
  const [busy, setBusy] = useState(false);
  const key = useRef(newKey());
  const typed = (/** @type {(text: string) => void} */ set) => (/** @type {InputEvent} */ event) => {
    key.current = newKey(); // another wish
    set(/** @type {HTMLInputElement} */ (event.currentTarget).value);
  };
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    if (await told(money.withdraw(Number(amount), destination, key.current))) {
      key.current = newKey();
      setAmount('');
      toast(t('wallet.asked'));
      done();
    }
    setBusy(false);
  };
  return html`<form class="deed" onSubmit=${submit}>
    <label>${t('wallet.amount', { n: number(least) })}
      <input data-testid="withdraw-diamonds" type="number" inputmode="numeric" required min=${least} max=${held.value ?? undefined} step="1" value=${amount} onInput=${typed(setAmount)} />
    </label>
    <label>${t('wallet.destination')}
      <input data-testid="withdraw-destination" required maxlength="300" autocomplete="off" value=${destination} onInput=${typed(setDestination)} />
    </label>
    <button class="button small" data-testid="withdraw" disabled=${busy}>${t('wallet.ask')}</button>
  </form>`;
}

/** @param {{withdrawal: Withdrawal}} properties */
function Row({ withdrawal }) {
  const small = [day(withdrawal.asked_at_ms), withdrawal.destination, withdrawal.reason ?? withdrawal.reference];
  return html`<li class="entry" data-testid="withdrawal" data-state=${withdrawal.state}>
    <span class="entry-words"><b>${t(`wallet.withdrawal.${withdrawal.state}`)}</b><small>${small.filter(Boolean).join(' · ')}</small></span>
    <span class="entry-amount"><b>${number(withdrawal.diamonds)}</b></span>
  </li>`;
}

/** @param {{version: number}} properties */
export function Earned({ version }) {
  const { items, error, again } = useListed(async () => ({ items: await money.earnings(30), next: null }), [], { version });
  if (error !== null) return html`<${Failed} name="earnings" error=${error} again=${again} />`;
  if (items === null) return html`<${Waiting} />`;
  if (items.length === 0) return null;
  const days = /** @type {EarningsDay[]} */ (items);
  const sum = days.reduce((all, each) => all + each.earned - each.taken_back, 0);
  return html`<dl class="record earned" data-testid="earned" data-sum=${sum}>
    <div><dt>${t('wallet.today')}</dt><dd>${number(days[0].earned - days[0].taken_back)}</dd></div>
    <div><dt>${t('wallet.earned')}</dt><dd>${number(sum)}</dd></div>
  </dl>`;
}

/** @param {{version: number, changed: () => void}} properties */
export function Withdrawals({ version, changed }) {
  const [least, setLeast] = useState(1);
  const listed = useListed(
    async (before) => {
      const page = await money.withdrawals(/** @type {string | null} */ (before));
      setLeast(page.least);
      return { items: page.withdrawals, next: page.next_before };
    },
    [],
    { join: further, version },
  );
  return html`<section class="panel" aria-label=${t('wallet.withdraw')}>
    <h2>${t('wallet.withdraw')}</h2>
    <${Earned} version=${version} />
    <${Form} least=${least} done=${changed} />
    <${Listing} name="withdrawals" listed=${listed} none=${t('wallet.noWithdrawals')} more=${t('wallet.moreWithdrawals')} row=${(/** @type {Withdrawal} */ each) => html`<${Row} key=${each.id} withdrawal=${each} />`} />
  </section>`;
}
